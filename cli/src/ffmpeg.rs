//! Videos that only ffmpeg can read.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail};

/// Longer side of the frames that ffmpeg is asked for, pixels: as of photos.
const MAX_SIDE: u32 = 1280;

/// A running ffmpeg; ended when this is dropped.
pub(crate) struct Ffmpeg {
    child: Child,
    last_line: Option<JoinHandle<String>>,
}

impl Ffmpeg {
    /// ffmpeg with the frames of the video `path` in grey, as YUV4MPEG2.
    pub(crate) fn open(path: &Path) -> Result<(Self, ChildStdout)> {
        let mut child = match command(path).spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("expected ffmpeg on this machine to read it (Debian: `apt-get install ffmpeg`), or a .y4m file")
            }
            child => child.context("cannot start ffmpeg")?,
        };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let stderr = stderr.context("ffmpeg has no error output")?;
        // Read all the time: ffmpeg stops where a pipe is full.
        let last_line = Some(thread::spawn(move || last_line(stderr)));
        Ok((Self { child, last_line }, stdout.context("ffmpeg has no output")?))
    }

    /// The last line that it said, if it failed. Its output must have ended.
    pub(crate) fn complaint(mut self) -> Option<String> {
        let is_fine = self.child.wait().is_ok_and(|status| status.success());
        let last = self.last_line.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let last = if last.is_empty() { "no reason" } else { &last };
        if is_fine { None } else { Some(format!("what ffmpeg cannot read: {last}")) }
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // Nobody reads what it would still write.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(path: &Path) -> Command {
    let scale = format!("scale='min({MAX_SIDE},iw)':'min({MAX_SIDE},ih)':force_original_aspect_ratio=decrease");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(path);
    command.args(["-an", "-vf", &scale, "-pix_fmt", "gray", "-strict", "-1", "-f", "yuv4mpegpipe", "-"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The last line of `text` that is not empty.
fn last_line(text: impl Read) -> String {
    let lines = BufReader::new(text).split(b'\n').map_while(Result::ok);
    let last = lines.filter(|line| !line.trim_ascii().is_empty()).last().unwrap_or_default();
    String::from_utf8_lossy(last.trim_ascii()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_says_something_counts() {
        for (text, expected) in [(&b""[..], ""), (b"a\nb\r\n\n", "b"), (b"a\n\xffc", "\u{fffd}c")] {
            assert_eq!(last_line(text), expected);
        }
    }
}
