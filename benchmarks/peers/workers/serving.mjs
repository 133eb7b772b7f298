// The worker's half of the protocol, for peers in JavaScript; serving.py tells what is said.
import fs from "node:fs";
import readline from "node:readline";

// What libraries print on the way must not come between the answers.
for (const name of ["log", "info", "debug", "warn"]) console[name] = console.error;

/** So many pictures of a gallery: {height, width, rgb: Uint8Array}, turned from BGR. */
function readPictures(stem, first, count) {
  const places = JSON.parse(fs.readFileSync(`${stem}.json`, "utf8")).slice(first, first + count);
  const file = fs.openSync(`${stem}.bin`);
  const pictures = places.map(([offset, height, width]) => {
    const rgb = new Uint8Array(height * width * 3);
    fs.readSync(file, rgb, 0, rgb.length, offset);
    for (let at = 0; at < rgb.length; at += 3) [rgb[at], rgb[at + 2]] = [rgb[at + 2], rgb[at]];
    return { height, width, rgb };
  });
  fs.closeSync(file);
  return pictures;
}

function peakMb() {
  if (!fs.existsSync("/proc/self/status")) return process.resourceUsage().maxRSS / 1e3;
  return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1e3;
}

async function each(items, ask) {
  const answers = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}

async function answer(peer, question) {
  if (question.do === "load") return { classes: peer.classes, finds_faces: true };
  const pictures = readPictures(question.pictures, question.first, question.count);
  if (question.do === "classify") return { scores: await each(pictures, async (one) => [await peer.classify(one)]) };
  if (question.do === "find") return { faces: await each(pictures, (one) => peer.find(one)) };
  const start = performance.now();
  const startCpu = process.cpuUsage();
  let faces = 0;
  for (let round = 0; round < question.rounds; round += 1) {
    for (const one of pictures) faces += (await peer.watch(one)).length;
  }
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (performance.now() - start) / 1e3;
  return { seconds, cpu_seconds: (user + system) / 1e6, faces, peak_mb: peakMb() };
}

/** Answer until the questions end. load: gives the peer: classes, classify, find and watch, a picture each. */
export async function serve(load) {
  let peer = null;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let said;
    try {
      peer ??= await load();
      said = await answer(peer, JSON.parse(line));
    } catch (error) {
      said = { failed: String(error).replace(/\s+/g, " ").slice(0, 200) };
    }
    fs.writeSync(1, `${JSON.stringify(said)}\n`);
  }
}
