//! The fixtures of the exchange's library: reports, news and corporate actions to develop against.

use broker_core::{
    dec,
    model::{
        CorporateAction, CorporateEvent, Currency, FundamentalFact, FundamentalKind, Fundamentals,
        Instrument, Mic, NewsArticle, NewsHeadline,
    },
};
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use super::Exchange;

impl Exchange {
    /// Puts invented reports, articles and corporate actions on the shelf: every share has a summary,
    /// statements and ratios; the test share `ZVZZT` pays quarterly dividends and splits once.
    pub fn stock_library(&mut self) {
        let shares: Vec<Instrument> = self
            .instruments()
            .filter(|instrument| matches!(instrument, Instrument::Equity(_)))
            .cloned()
            .collect();
        for (number, share) in (1_u32..).zip(&shares) {
            self.stock_share(share, number);
        }
        if let Ok(test) = Instrument::equity("ZVZZT", Mic::XNAS, Currency::USD)
            && shares.contains(&test)
        {
            self.plan_test_share(&test);
        }
    }

    fn stock_share(&mut self, share: &Instrument, number: u32) {
        let currency = share.currency().unwrap_or(Currency::USD);
        let year = self.today().year() - 1;
        let period_end = NaiveDate::from_ymd_opt(year, 12, 31);
        let fact = |name: &str, value: Decimal, currency: Option<Currency>| FundamentalFact {
            name: name.into(),
            value,
            currency,
            period_end,
        };
        let scale = Decimal::from(number) * dec!(1_000_000_000);
        let reports = [
            (
                FundamentalKind::Summary,
                vec![
                    fact("employees", Decimal::from(number) * dec!(10_000), None),
                    fact("shares_outstanding", scale, None),
                ],
            ),
            (
                FundamentalKind::Statements,
                vec![
                    fact("revenue", scale * dec!(20), Some(currency)),
                    fact("net_income", scale * dec!(2.5), Some(currency)),
                    fact("total_assets", scale * dec!(60), Some(currency)),
                ],
            ),
            (
                FundamentalKind::Ratios,
                vec![
                    fact(
                        "price_to_earnings",
                        dec!(14) + Decimal::from(number) / dec!(4),
                        None,
                    ),
                    fact("dividend_yield", dec!(0.018), None),
                ],
            ),
        ];
        for (kind, facts) in reports {
            let instrument = share.clone();
            let text = (kind == FundamentalKind::Summary)
                .then(|| format!("Invented figures for {instrument}, for development."));
            self.publish_fundamentals(Fundamentals {
                instrument,
                kind,
                facts,
                text,
            });
        }
        let time = self.now - TimeDelta::hours(i64::from(number));
        let headline = NewsHeadline {
            id: format!("{number:04}"),
            provider: "SIM".into(),
            time,
            headline: format!("{share}: invented headline number {number}"),
            instruments: vec![share.clone()],
        };
        let text = format!("An invented article about {share}, for development. It means nothing.");
        self.publish_article(NewsArticle { headline, text });
        if let Some(date) = self
            .today()
            .checked_add_signed(TimeDelta::days(i64::from(number) * 3))
        {
            let event = CorporateEvent::Earnings {
                expected: Some(dec!(1.25)),
                actual: None,
            };
            self.announce_corporate_action(CorporateAction::new(share.clone(), event, date));
        }
    }

    fn plan_test_share(&mut self, share: &Instrument) {
        let dividend = || CorporateEvent::CashDividend {
            amount: dec!(0.35),
            currency: Currency::USD,
        };
        for (days, event) in [
            (7, dividend()),
            (21, CorporateEvent::Split { from: 2, to: 3 }),
            (98, dividend()),
            (189, dividend()),
        ] {
            let Some(date) = self.next_trading_day(days) else {
                continue;
            };
            self.announce_corporate_action(CorporateAction::new(share.clone(), event, date));
        }
    }

    /// The first trading day so many days from now.
    fn next_trading_day(&self, days: i64) -> Option<NaiveDate> {
        let date = self.today().checked_add_signed(TimeDelta::days(days))?;
        super::calendar::Calendar::us_equities()
            .next_trading_date(date)
            .ok()
    }
}
