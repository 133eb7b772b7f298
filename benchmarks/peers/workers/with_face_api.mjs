// @vladmandic/face-api on its WebAssembly backend: its expression network for crops, a face finder before it
// for photographs and frames: its default one (SSD MobileNet), or with `tiny` its small one.
import { createRequire } from "node:module";
import path from "node:path";
import { serve } from "./serving.mjs";

const home = path.resolve(process.argv[2]);
const tiny = process.argv[3] === "tiny";
const require = createRequire(path.join(home, "package.json"));

async function load() {
  const tf = require("@tensorflow/tfjs");
  const wasm = require("@tensorflow/tfjs-backend-wasm");
  const faceapi = require("@vladmandic/face-api/dist/face-api.node-wasm.js");
  wasm.setWasmPaths(path.join(home, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"));
  if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly backend did not start");
  await tf.ready();
  const models = path.join(home, "node_modules/@vladmandic/face-api/model");
  const finder = tiny ? faceapi.nets.tinyFaceDetector : faceapi.nets.ssdMobilenetv1;
  await finder.loadFromDisk(models);
  await faceapi.nets.faceExpressionNet.loadFromDisk(models);
  const options = tiny ? new faceapi.TinyFaceDetectorOptions() : new faceapi.SsdMobilenetv1Options();
  const classes = ["angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral"];
  const row = (expressions) => classes.map((name) => expressions[name]);

  async function withTensor(picture, ask) {
    const tensor = tf.tensor3d(picture.rgb, [picture.height, picture.width, 3], "int32");
    try {
      return await ask(tensor);
    } finally {
      tensor.dispose();
    }
  }
  const find = (picture) =>
    withTensor(picture, async (tensor) => {
      const found = await faceapi.detectAllFaces(tensor, options).withFaceExpressions();
      return found.map((face) => [face.detection.box.area, row(face.expressions)]);
    });
  const classify = (picture) =>
    withTensor(picture, async (tensor) => row(await faceapi.nets.faceExpressionNet.predictExpressions(tensor)));
  return { classes, classify, find, watch: find };
}

await serve(load);
