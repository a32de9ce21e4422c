//! Child processes in groups of their own: stopped with all they started, when dropped and on Ctrl-C.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};

/// A running child and everything below it.
pub(crate) struct Group {
    child: Child,
}

static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static FOREGROUND: AtomicBool = AtomicBool::new(false);

impl Group {
    /// Starts the command as the leader of a new group.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn()?;
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(child.id());
        Ok(Self { child })
    }

    /// The leader.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How the leader ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Also after the leader has ended: what it left behind would hold ports and pipes.
        stop(self.child.id());
        drop(self.child.kill());
        drop(self.child.wait());
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| *id != self.child.id());
    }
}

/// Makes Ctrl-C and a request to terminate stop every group before this process ends.
pub(crate) fn stop_on_ctrl_c() -> Result<()> {
    ctrlc::set_handler(|| {
        if FOREGROUND.load(Ordering::Relaxed) {
            return;
        }
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|id| stop(*id));
        std::process::exit(130);
    })
    .context("the handler for Ctrl-C")
}

/// Runs a command that owns the terminal: it gets Ctrl-C itself, and says when it is done.
pub(crate) fn run_in_front(command: &mut Command) -> io::Result<ExitStatus> {
    FOREGROUND.store(true, Ordering::Relaxed);
    let status = command.status();
    FOREGROUND.store(false, Ordering::Relaxed);
    status
}

#[cfg(unix)]
fn stop(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    // A group that is gone already is what was wanted.
    let _ = leader.map(|leader| kill_process_group(leader, Signal::KILL));
}

#[cfg(not(unix))]
fn stop(_leader: u32) {}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
        thread,
        time::Duration,
    };

    use super::*;

    #[test]
    fn what_a_child_started_is_stopped_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo $!; wait"]).stdout(Stdio::piped());
        let mut group = Group::spawn(&mut command).unwrap();
        let mut line = String::new();
        BufReader::new(group.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let alive = || Command::new("kill").args(["-0", line.trim()]).stderr(Stdio::null()).status().unwrap().success();
        assert!(alive());
        drop(group);
        // The orphan is reaped by init, a moment later; as a zombie without init it would still answer.
        let gone = (0..50).any(|_| {
            thread::sleep(Duration::from_millis(20));
            !alive() || std::fs::read_to_string(format!("/proc/{}/stat", line.trim())).is_ok_and(|stat| stat.contains(") Z "))
        });
        assert!(gone);
    }
}
