use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{
    dec,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    paper::{PaperBroker, PaperWorld, TimeMode},
    tiger::{ROOT_FILE, TigerBuilder, TigerServer},
};
use broker_tiger::{TigerConfig, TigerConfigBuilder, Trust};

/// A paper account of the simulated login, told by its length.
const PAPER_ACCOUNT: &str = "21000000000000001";

/// Where an example finds Tiger Brokers: a simulated one unless `--config-dir DIR` names the folder
/// with somebody's `tiger_openapi_config.properties`.
#[derive(Debug)]
pub enum TigerLogin {
    /// A simulated Tiger of this process, with the folder that it has written.
    Simulated {
        /// The simulated gateway and push service.
        server: Box<TigerServer>,
        /// The folder with fresh settings; removed when the login is dropped.
        folder: PathBuf,
    },
    /// Somebody's login, with a paper account.
    Real(PathBuf),
}

impl TigerLogin {
    /// The login that the program's arguments name; the simulated one lives in real time.
    ///
    /// # Errors
    /// When the arguments cannot be read or the simulated Tiger cannot be started.
    pub async fn from_arguments() -> Result<Self, Box<dyn Error>> {
        match Self::named()? {
            Some(folder) => Ok(Self::Real(folder)),
            None => {
                let world = Self::world(TimeMode::Running { factor: 1 })?;
                Self::simulated(TigerServer::builder().world(world)).await
            }
        }
    }

    /// The folder that the program's arguments name, if they do.
    ///
    /// # Errors
    /// When the arguments cannot be read.
    pub fn named() -> Result<Option<PathBuf>, Box<dyn Error>> {
        let mut arguments = std::env::args().skip(1);
        match (arguments.next().as_deref(), arguments.next()) {
            (None, _) => Ok(None),
            (Some("--config-dir"), Some(folder)) => Ok(Some(folder.into())),
            _ => Err("usage: [--config-dir DIR]".into()),
        }
    }

    /// A world with one paper account.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn world(time: TimeMode) -> Result<Arc<PaperWorld>, Box<dyn Error>> {
        let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
        let world = PaperBroker::builder()
            .account_of_kind(PAPER_ACCOUNT, AccountKind::Margin, Currency::USD, cash)
            .time(time);
        Ok(world.build_world()?)
    }

    /// Starts a simulated Tiger and lets it write a folder.
    ///
    /// # Errors
    /// When a port or a file cannot be had.
    pub async fn simulated(server: TigerBuilder) -> Result<Self, Box<dyn Error>> {
        let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await?;
        let port = server.http_address().port();
        let name = format!("broker-tiger-example-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        server.write_folder(&folder)?;
        Ok(Self::Simulated {
            server: Box::new(server),
            folder,
        })
    }

    /// The settings of the login; in the simulated case they live in the simulator's time and trust
    /// its certificate.
    ///
    /// # Errors
    /// When the simulator's certificate cannot be read.
    pub fn settings(&self) -> Result<TigerConfigBuilder, Box<dyn Error>> {
        let settings = TigerConfig::builder().file(self.folder());
        match self {
            Self::Simulated { server, folder } => {
                let root = fs::read_to_string(folder.join(ROOT_FILE))?;
                Ok(settings
                    .environment([])
                    .trust(Trust::Only(root.into()))
                    .clock(server.world().shared_clock()))
            }
            Self::Real(_) => Ok(settings),
        }
    }

    /// Where the settings are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self {
            Self::Simulated { folder, .. } | Self::Real(folder) => folder,
        }
    }

    /// The simulated Tiger, when it is one.
    #[must_use]
    pub fn server(&self) -> Option<&TigerServer> {
        match self {
            Self::Simulated { server, .. } => Some(server),
            Self::Real(_) => None,
        }
    }

    /// What to call it in front of people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Simulated { .. } => "a simulated Tiger".to_owned(),
            Self::Real(folder) => format!("Tiger Brokers with {}", folder.display()),
        }
    }
}

impl Drop for TigerLogin {
    fn drop(&mut self) {
        if let Self::Simulated { folder, .. } = self {
            // A folder that stays behind harms nobody.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
