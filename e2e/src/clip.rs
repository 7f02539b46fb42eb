//! Clips of the portrait, made by ffmpeg, and what ffprobe says of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::media::astronaut_file;

/// Whether both programs are on this machine.
pub fn has_ffmpeg() -> bool {
    ["ffmpeg", "ffprobe"].iter().all(|name| Command::new(name).arg("-version").output().is_ok())
}

/// Writes a clip of 640×480, 25 frames a second, in which the portrait moves a little; `words` come before the file's name.
pub fn clip(folder: &Path, name: &str, n_frames: u32, words: &str) -> Result<PathBuf> {
    let file = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y", "-loop", "1", "-framerate", "25", "-i"]).arg(astronaut_file());
    // The first filter is the clip's own; more may follow in `words`.
    let moving = "pad=640:512:(ow-iw)/2:0,crop=640:480:0:'16+8*sin(n/5)',noise=alls=6:allf=t:all_seed=7";
    let (filters, words) =
        words.split_once(" | ").map_or((String::new(), words), |(more, words)| (format!(",{more}"), words));
    ffmpeg.args(["-frames:v", &n_frames.to_string(), "-vf", &format!("{moving}{filters}")]);
    ffmpeg.args(words.split_whitespace()).arg(&file);
    run(&mut ffmpeg)?;
    Ok(file)
}

/// Writes what ffmpeg makes of the files in `folder` that `words` name.
pub fn remade(folder: &Path, name: &str, words: &str) -> Result<PathBuf> {
    let file = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(words.split_whitespace()).arg(&file).current_dir(folder);
    run(&mut ffmpeg)?;
    Ok(file)
}

/// The times at which a player shows the frames of a video, seconds.
pub fn probed_times(file: &Path) -> Result<Vec<f64>> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0"]);
    let text = String::from_utf8(ffprobe.arg(file).output().context("ffprobe does not start")?.stdout)?;
    let time = |line: &str| line.split(',').next().and_then(|time| time.trim().parse().ok());
    Ok(text.lines().filter_map(time).collect())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().context("ffmpeg does not start")?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
