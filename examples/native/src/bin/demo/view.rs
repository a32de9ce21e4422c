//! The demo as one sees it: live bars in a terminal, plain lines elsewhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use evertoken::machine::Explanation;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::lane::Lane;

const FRAME: Duration = Duration::from_millis(100);
pub(crate) struct View {
    began: Instant,
    live: Option<MultiProgress>,
    lanes: Arc<[Lane]>,
    closed: Arc<AtomicBool>,
    painter: JoinHandle<()>,
}

impl View {
    pub(crate) fn new(live: bool, lanes: &Arc<[Lane]>) -> Self {
        let began = Instant::now();
        let closed = Arc::new(AtomicBool::new(false));
        let multi = live.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));
        let painter = match &multi {
            Some(multi) => tokio::spawn(paint(multi.clone(), began, Arc::clone(lanes), Arc::clone(&closed))),
            None => tokio::spawn(print(began, Arc::clone(lanes), Arc::clone(&closed))),
        };
        Self { began, live: multi, lanes: Arc::clone(lanes), closed, painter }
    }

    /// Begins a scene.
    pub(crate) fn scene(&self, number: u32, title: &str) {
        let time = self.began.elapsed().as_secs_f64();
        if self.live.is_some() {
            self.line(&format!("\n\x1b[1m{number}/6  {title}\x1b[0m"));
        } else {
            self.line(&format!("{time:5.1} s  {number}/6  {title}"));
        }
    }

    /// Tells how a scene ended.
    pub(crate) fn result(&self, line: &str) {
        match (&self.live, line.chars().next()) {
            (Some(_), Some('✓')) => self.line(&format!("     \x1b[32m{line}\x1b[0m")),
            (Some(_), Some('✗')) => self.line(&format!("     \x1b[31m{line}\x1b[0m")),
            (Some(_), _) => self.line(&format!("     {line}")),
            (None, _) => self.line(&format!("{:5.1} s  {line}", self.began.elapsed().as_secs_f64())),
        }
    }

    fn line(&self, text: &str) {
        match &self.live {
            // A terminal that is gone shows nothing.
            Some(multi) => drop(multi.println(text)),
            None => {
                print_news(self.began, &self.lanes);
                println!("{text}");
            }
        }
    }

    /// Ends the view; what it showed stays.
    pub(crate) fn close(&self) {
        self.closed.store(true, Relaxed);
        self.painter.abort();
        if let Some(multi) = &self.live {
            let _ = multi.clear();
        }
    }
}

/// Draws two lines for each lane, ten times a second.
async fn paint(multi: MultiProgress, began: Instant, lanes: Arc<[Lane]>, closed: Arc<AtomicBool>) {
    let clock = multi.add(ProgressBar::no_length().with_style(style("\n{msg:.dim}")));
    let bars: Vec<_> = lanes
        .iter()
        .map(|lane| {
            let bar = multi.add(ProgressBar::new(1).with_prefix(lane.name));
            let news = multi.add(ProgressBar::no_length().with_style(style("             {wide_msg:.dim}")));
            (bar, news)
        })
        .collect();
    while !closed.load(Relaxed) {
        clock.set_message(format!("{:.0} s", began.elapsed().as_secs_f64()));
        for (lane, (bar, news)) in lanes.iter().zip(&bars) {
            let picture = lane.explain();
            let (length, left) = picture.token.as_ref().map_or((1, 0), |token| (token.lifetime_ms, token.expires_at.left_ms(picture.now)));
            bar.set_style(style(&format!("{{prefix:<12}} {{bar:20.{}/dim}} {{wide_msg}}", colour(&picture))));
            bar.set_length(length);
            bar.set_position(left);
            bar.set_message(state(lane, &picture));
            news.set_message(lane.last_told());
        }
        tokio::time::sleep(FRAME).await;
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}

fn colour(picture: &Explanation) -> &'static str {
    match picture.token.as_ref().map(|token| token.zone) {
        Some("fresh") => "green",
        Some("window") => "yellow",
        _ => "red",
    }
}

/// One line about a lane: what is held, and the counts.
fn state(lane: &Lane, picture: &Explanation) -> String {
    let held = picture.token.as_ref().map_or_else(
        || "no token".to_owned(),
        |token| {
            let left = token.expires_at.left_ms(picture.now);
            format!("token {} {:>3}.{} s left, {}", token.generation, left / 1000, left % 1000 / 100, token.zone)
        },
    );
    format!("{held:<31} {:>5} calls, {} failed, {} token requests", lane.calls(), lane.failed(), picture.attempts)
}

/// Prints what happens, and the counts every two seconds.
async fn print(began: Instant, lanes: Arc<[Lane]>, closed: Arc<AtomicBool>) {
    const FRAMES_PER_COUNT: usize = 20;
    for frame in 1.. {
        tokio::time::sleep(FRAME).await;
        if closed.load(Relaxed) {
            return;
        }
        print_news(began, &lanes);
        if frame % FRAMES_PER_COUNT == 0 {
            let time = began.elapsed().as_secs_f64();
            for lane in lanes.iter() {
                println!("{time:5.1} s    {:<12} {}", lane.name, state(lane, &lane.explain()));
            }
        }
    }
}

fn print_news(began: Instant, lanes: &[Lane]) {
    let time = began.elapsed().as_secs_f64();
    for lane in lanes {
        for (news, times) in lane.take_news() {
            let often = if times > 1 { format!(" ({times} times)") } else { String::new() };
            println!("{time:5.1} s    {:<12} {news}{often}", lane.name);
        }
    }
}
