#!/bin/sh
# Makes the small clips of `data`, good files for `fuzz.rs`, by ffmpeg 5.1.
cd "$(dirname "$0")/data" || exit
source="-f lavfi -i testsrc2=size=32x32:rate=10:duration=1"
h264="-c:v libx264 -preset ultrafast -bf 2 -g 4 -pix_fmt yuv420p -bitexact"
make() { name=$1; shift; ffmpeg -v error -nostdin -y "$@" -bitexact "$name"; }
make whole.mp4 $source $h264
make edited.mov -ss 0.25 -i whole.mp4 -c copy
make fragments.mp4 $source $h264 -movflags +frag_keyframe+empty_moov+default_base_moof
make h264.mkv $source $h264
make recorded.webm $source -c:v libvpx-vp9 -deadline realtime -f webm -live 1
