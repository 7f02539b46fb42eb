// A camera that shows the sample portrait on a canvas. Its size, pace and light can be changed while it runs.
window.virtualCamera = { width: 640, height: 480, fps: 30, isBlack: false, streams: [], ids: ["one", "two", "three"] };
{
  const camera = window.virtualCamera;
  const canvas = document.createElement("canvas");
  const portrait = new Image();
  const draw = () => {
    const { width, height } = camera;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.fillStyle = camera.isBlack ? "rgb(16, 16, 16)" : "rgb(96, 104, 112)";
    context.fillRect(0, 0, width, height);
    const side = Math.min(width, height);
    const sway = (performance.now() / 500) % 3;
    if (!camera.isBlack) context.drawImage(portrait, (width - side) / 2 + sway, (height - side) / 2, side, side);
    setTimeout(draw, 1000 / camera.fps);
  };
  const device = (deviceId) => {
    const values = { deviceId, kind: "videoinput", label: `Camera ${deviceId}`, groupId: "" };
    return Object.create(MediaDeviceInfo.prototype, Object.getOwnPropertyDescriptors(values));
  };
  navigator.mediaDevices.enumerateDevices = async () => camera.ids.map(device);
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    if (!portrait.src) {
      portrait.src = "samples/astronaut.png";
      await portrait.decode();
      draw();
    }
    const stream = canvas.captureStream();
    const [track] = stream.getVideoTracks();
    const deviceId = video.deviceId?.exact ?? camera.ids[0];
    track.getSettings = () => ({ deviceId, width: canvas.width, height: canvas.height });
    camera.streams.push(stream);
    return stream;
  };
}
