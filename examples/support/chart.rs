use std::{error::Error, ops::Range, path::Path};

use broker_core::Decimal;
use chrono::NaiveDate;
use plotters::{
    prelude::*,
    style::{FontStyle, register_font},
};
use rust_decimal::prelude::ToPrimitive as _;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The picture's size; it is drawn at twice that and shrunk, which smooths every edge.
const SIZE: (u32, u32) = (1_400, 780);
pub(super) const SCALE: u32 = 2;
pub(super) const INK: RGBColor = RGBColor(38, 50, 66);
pub(super) const PALE: RGBColor = RGBColor(118, 130, 146);
pub(super) const GRID: RGBColor = RGBColor(232, 236, 241);
pub(super) const LINE: RGBColor = RGBColor(32, 100, 180);
pub(super) const HELD: RGBColor = RGBColor(236, 160, 40);

/// Something that happened on a day of the curve.
#[derive(Debug, Clone)]
pub struct Mark {
    /// When.
    pub date: NaiveDate,
    /// What, in a few words.
    pub label: String,
}

/// What an account was worth at the end of each trading day.
#[derive(Debug, Clone, Default)]
pub struct EquityCurve {
    /// The headline.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// Date and value, ascending.
    pub days: Vec<(NaiveDate, Decimal)>,
    /// Entry and exit; the span between them is shaded.
    pub marks: Vec<Mark>,
}

impl EquityCurve {
    /// Draws the curve into a PNG file.
    ///
    /// # Errors
    /// When there are no days, or the file cannot be written.
    pub fn draw(&self, path: &Path) -> Result<()> {
        draw(path, |canvas| self.paint(canvas))
    }

    fn paint(&self, canvas: BitMapBackend<'_>) -> Result<()> {
        // Decimals become floats here and nowhere else: pixels are not money.
        let float = |(date, value): &(NaiveDate, Decimal)| Some((*date, value.to_f64()?));
        let values: Vec<(NaiveDate, f64)> = self.days.iter().filter_map(float).collect();
        let (dates, range) = ranges(&values).ok_or("the curve has no days")?;

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
        let mut chart = ChartBuilder::on(&root)
            .margin_top(px(136))
            .margin_right(px(40))
            .margin_bottom(px(16))
            .x_label_area_size(px(44))
            .y_label_area_size(px(110))
            .build_cartesian_2d(dates.monthly(), range.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(SCALE))
            .axis_style(GRID.stroke_width(SCALE))
            .x_labels(14)
            .y_labels(8)
            .x_label_formatter(&|date| date.format("%b %Y").to_string())
            .y_label_formatter(&|value| format!("${}", thousands(*value)))
            .label_style(font(18).color(&PALE))
            .draw()?;

        // The span between the first and the last mark.
        if let [first, .., last] = self.marks.as_slice() {
            let corners = [(first.date, range.start), (last.date, range.end)];
            chart.draw_series([Rectangle::new(corners, HELD.mix(0.12).filled())])?;
        }
        let area = AreaSeries::new(values.iter().copied(), range.start, LINE.mix(0.12));
        chart.draw_series(area)?;
        let line = LINE.stroke_width(2 * SCALE);
        chart.draw_series(LineSeries::new(values.iter().copied(), line))?;

        // A dot on the curve for each mark, its label at the top, a thread between them.
        for mark in &self.marks {
            let Some((date, value)) = values.iter().find(|(date, _)| *date >= mark.date) else {
                continue;
            };
            let thread = [(*date, *value), (*date, range.end)];
            chart.draw_series([PathElement::new(thread, HELD.stroke_width(SCALE))])?;
            let dot = EmptyElement::at((*date, *value))
                + Circle::new((0, 0), px::<i32>(7), WHITE.filled())
                + Circle::new((0, 0), px::<i32>(5), HELD.filled());
            chart.draw_series([dot])?;
            let label = EmptyElement::at((*date, range.end))
                + Text::new(mark.label.clone(), (px(0), px(-24)), font(18).color(&INK));
            chart.draw_series([label])?;
        }
        root.present()?;
        Ok(())
    }
}

/// Has a picture painted on a large canvas, and writes it small and smooth.
pub(super) fn draw(path: &Path, paint: impl FnOnce(BitMapBackend<'_>) -> Result<()>) -> Result<()> {
    let font = epaint_default_fonts::UBUNTU_LIGHT;
    register_font("sans-serif", FontStyle::Normal, font).map_err(|_| "the font is broken")?;
    let large = (SIZE.0 * SCALE, SIZE.1 * SCALE);
    let mut pixels = vec![0; bytes(large)];
    paint(BitMapBackend::with_buffer(&mut pixels, large))?;
    let mut picture = BitMapBackend::new(path, SIZE);
    picture.blit_bitmap((0, 0), SIZE, &shrink(&pixels))?;
    picture.present()?;
    Ok(())
}

/// A length in the picture as a length on the canvas.
pub(super) fn px<T: From<u8> + std::ops::Mul<Output = T>>(length: T) -> T {
    length * T::from(2)
}

pub(super) fn font(size: i32) -> TextStyle<'static> {
    ("sans-serif", px(size)).into()
}

fn bytes((width, height): (u32, u32)) -> usize {
    width as usize * height as usize * 3
}

/// Each pixel the mean of the four that it stands for.
fn shrink(pixels: &[u8]) -> Vec<u8> {
    let row = (SIZE.0 * SCALE) as usize * 3;
    let mut small = Vec::with_capacity(bytes(SIZE));
    for pair in pixels.chunks_exact(2 * row) {
        let (upper, lower) = pair.split_at(row);
        for (above, below) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            let (left, right) = above.split_at(3);
            let (left_below, right_below) = below.split_at(3);
            let four = left
                .iter()
                .zip(right)
                .zip(left_below.iter().zip(right_below));
            small.extend(four.map(|((a, b), (c, d))| {
                let sum = u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d);
                u8::try_from(sum / 4).unwrap_or(u8::MAX)
            }));
        }
    }
    small
}

/// The dates and the values with some air around them, on round thousands.
fn ranges(values: &[(NaiveDate, f64)]) -> Option<(Range<NaiveDate>, Range<f64>)> {
    let (first, last) = (values.first()?.0, values.last()?.0);
    let low = values
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::INFINITY, f64::min);
    let high = values
        .iter()
        .map(|(_, value)| *value)
        .fold(f64::NEG_INFINITY, f64::max);
    let air = ((high - low) * 0.12).max(high.abs() * 0.002);
    let round = 1_000.0;
    let low = ((low - air) / round).floor() * round;
    let high = ((high + air) / round).ceil() * round;
    Some((first..last, low..high))
}

/// A whole number with groups of thousands.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
