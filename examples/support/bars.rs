use std::{error::Error, path::Path};

use broker_core::Decimal;
use plotters::prelude::*;
use rust_decimal::prelude::ToPrimitive as _;

use super::chart::{GRID, HELD, INK, LINE, PALE, SCALE, draw, font, px, thousands};

/// What each of several brokers holds of each instrument, side by side, and what that is together.
#[derive(Debug, Clone, Default)]
pub struct PositionBars {
    /// The headline.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// The brokers, in the order of the values in each row; two colours are there for them.
    pub brokers: Vec<String>,
    /// An instrument with what each broker holds of it, in money; short is negative.
    pub rows: Vec<(String, Vec<Decimal>)>,
}

impl PositionBars {
    /// Draws the bars into a PNG file.
    ///
    /// # Errors
    /// When there are no rows, or the file cannot be written.
    pub fn draw(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        draw(path, |canvas| self.paint(canvas))
    }

    fn paint(&self, canvas: BitMapBackend<'_>) -> Result<(), Box<dyn Error>> {
        let count = u16::try_from(self.rows.len()).map_err(|_| "too many rows")?;
        let rows: Vec<Vec<f64>> = self
            .rows
            .iter()
            // Decimals become floats here and nowhere else: pixels are not money.
            .map(|(_, values)| values.iter().filter_map(Decimal::to_f64).collect())
            .collect();
        let sums = rows.iter().map(|values| values.iter().sum::<f64>());
        let reach = rows.iter().flatten().copied().chain(sums);
        let (low, high) = reach.fold((0_f64, 0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let air = (high - low) * 0.08;
        if air <= 0.0 {
            return Err("there is nothing to draw".into());
        }

        let root = canvas.into_drawing_area();
        root.fill(&WHITE)?;
        let title = font(34).color(&INK);
        root.draw(&Text::new(self.title.as_str(), (px(40), px(28)), title))?;
        let subtitle = font(20).color(&PALE);
        root.draw(&Text::new(
            self.subtitle.as_str(),
            (px(40), px(72)),
            subtitle,
        ))?;
        let colours = [LINE, HELD];
        for (index, (broker, colour)) in (0_i32..).zip(self.brokers.iter().zip(colours)) {
            let left = px(40) + index * px(260);
            let square = [(left, px(110)), (left + px(18), px(128))];
            root.draw(&Rectangle::new(square, colour.filled()))?;
            let name = Text::new(
                broker.as_str(),
                (left + px(28), px(108)),
                font(18).color(&INK),
            );
            root.draw(&name)?;
        }

        let bottom = if low < 0.0 { low - air } else { low };
        let mut chart = ChartBuilder::on(&root)
            .margin_top(px(150))
            .margin_right(px(60))
            .margin_bottom(px(16))
            .margin_left(px(40))
            .x_label_area_size(px(44))
            .y_label_area_size(px(150))
            .build_cartesian_2d(bottom..high + air, 0.0..f64::from(count))?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(SCALE))
            .axis_style(GRID.stroke_width(SCALE))
            .x_labels(9)
            .y_labels(0)
            .x_label_formatter(&|value| match *value < 0.0 {
                true => format!("-${}", thousands(-value)),
                false => format!("${}", thousands(*value)),
            })
            .label_style(font(18).color(&PALE))
            .draw()?;

        for (index, ((name, _), values)) in (0_u16..).zip(self.rows.iter().zip(&rows)) {
            // The first row on top.
            let top = f64::from(count - index) - 0.18;
            let height = 0.64 / f64::from(u8::try_from(values.len().max(1))?);
            for (place, (value, colour)) in (0_u8..).zip(values.iter().zip(colours)) {
                let upper = top - f64::from(place) * height;
                let corners = [(0.0, upper), (*value, upper - height * 0.92)];
                chart.draw_series([Rectangle::new(corners, colour.filled())])?;
            }
            let net = values.iter().sum::<f64>();
            let mark = [(net, top + 0.06), (net, top - 0.70)];
            chart.draw_series([PathElement::new(mark, INK.stroke_width(2 * SCALE))])?;
            let label = EmptyElement::at((bottom, top - 0.32))
                + Text::new(name.clone(), (px(-146), px(-10)), font(20).color(&INK));
            chart.draw_series([label])?;
        }
        let zero = [(0.0, 0.0), (0.0, f64::from(count))];
        chart.draw_series([PathElement::new(zero, PALE.stroke_width(SCALE))])?;
        root.present()?;
        Ok(())
    }
}
