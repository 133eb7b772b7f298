/** The page: its parts, and what happens when a person or the analysis says something. */

import { NEUTRAL } from "../analysis/options.js";
import { Announcer } from "./announcer.js";
import { BrowserWay } from "./browser_way.js";
import { Camera, troubleOf } from "./camera.js";
import { passDoor } from "./door.js";
import { bindKeys } from "./keys.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { People } from "./people.js";
import { acceptPhotos } from "./photo.js";
import { Recorder, save } from "./recorder.js";
import { ServerWay } from "./server_way.js";
import { statusWords, whereWords } from "./status.js";
import { Stream } from "./stream.js";
import { Timeline } from "./timeline.js";
import { Ways } from "./ways.js";

const NO_LIBRARY = "This browser cannot: ONNX Runtime Web is not installed with the server (make web).";

function at(id) {
  return document.getElementById(id);
}

export class Page {
  #timeline = new Timeline();
  #recorder = new Recorder();
  #overlay = new Overlay(at("overlay"));
  #people = new People(at("people"));
  #notice = new Notice(at("notice"));
  #announcer = new Announcer(at("live"));
  #file = null;

  /** @param {URL} base address of the page */
  constructor(base) {
    this.modelUrl = new URL("v1/model", base);
    this.camera = new Camera(at("video"), () => this.#stopCamera("The camera is gone."));
    this.stream = new Stream(at("video"), (answer) => this.#show(answer));
    this.ways = new Ways(
      { server: new ServerWay(base), browser: new BrowserWay(base) },
      {
        ready: () => this.#ready(),
        free: () => this.stream.offer(),
        answer: (answer) => this.stream.take(answer),
        failed: (message) => this.#notice.show(message, 4000),
        trouble: (trouble) => this.#trouble(trouble),
        loading: ({ bytes, of }) => this.#loading(bytes, of),
      },
    );
  }

  /** Ask for a token if need be, connect, and listen to the person. */
  async begin() {
    this.#bindControls();
    await passDoor(this.modelUrl, at("token-dialog"));
    const isThere = await BrowserWay.isThere();
    const browser = document.querySelector("input[value=browser]");
    browser.disabled = !isThere;
    at("way-note").textContent = isThere ? "" : NO_LIBRARY;
    this.#choose(this.ways.first(isThere ? ["server", "browser"] : ["server"]));
    await this.#listCameras();
  }

  #bindControls() {
    at("start").addEventListener("click", () => this.#startCamera());
    at("stop").addEventListener("click", () => this.#stopCamera(""));
    at("camera").addEventListener("change", () => this.camera.isOn && this.#startCamera());
    at("mirror").addEventListener("change", () => this.#mirror());
    for (const radio of document.getElementsByName("way")) {
      radio.addEventListener("change", () => this.#choose(radio.value));
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#listCameras());
    acceptPhotos({
      input: at("file"),
      zone: at("stage"),
      onPhoto: (file) => this.#photo(file),
      onOther: (words) => this.#notice.show(words, 4000),
    });
    const actions = {
      n: () => this.#learn(),
      e: () => this.#explain(),
      r: () => this.#record(),
      o: () => at("file").click(),
      h: () => this.#help(),
    };
    for (const [id, key] of [["neutral", "n"], ["explain", "e"], ["record", "r"], ["open", "o"], ["help", "h"]]) {
      at(id).addEventListener("click", actions[key]);
    }
    bindKeys({ ...actions, m: () => this.#change() });
  }

  async #listCameras() {
    const options = (await Camera.all()).map(({ id, name }) => new Option(name, id));
    if (options.length) at("camera").replaceChildren(...options);
    if (this.camera.deviceId) at("camera").value = this.camera.deviceId;
  }

  async #startCamera() {
    try {
      await this.camera.open(at("camera").value);
    } catch (error) {
      this.#stopCamera(troubleOf(error));
      return;
    }
    this.#notice.clear();
    this.#leavePhoto();
    at("stop").textContent = "Stop the camera";
    const { videoWidth, videoHeight } = at("video");
    this.#shape(videoWidth, videoHeight);
    this.#mirror();
    at("stop").disabled = false;
    await this.#listCameras();
  }

  #stopCamera(words) {
    this.camera.close();
    this.#leavePhoto();
    at("stage").classList.add("is-empty");
    at("stop").disabled = true;
    at("status").textContent = "";
    if (words) this.#notice.show(words);
  }

  #shape(width, height) {
    at("stage").style.setProperty("--shape", width / height);
    at("stage").classList.remove("is-empty");
  }

  #mirror() {
    this.#overlay.isMirrored = at("mirror").checked && at("photo").hidden;
    at("stage").classList.toggle("is-mirrored", this.#overlay.isMirrored);
  }

  #choose(name) {
    document.querySelector(`input[value=${name}]`).checked = true;
    at("where").textContent = whereWords(name);
    this.#notice.clear();
    this.#people.clear();
    this.#timeline = new Timeline();
    this.stream.way = null;
    this.ways.choose(name);
    this.#tellAgain();
  }

  #change() {
    const other = document.querySelector("input[name=way]:not(:checked)");
    if (!other.disabled) this.#choose(other.value);
  }

  #ready() {
    this.#notice.clear();
    if (this.ways.now.runsOn) at("way-note").textContent = `Runs on ${this.ways.now.runsOn}.`;
    this.stream.way = this.ways.now;
  }

  #trouble({ message, retryS }) {
    this.stream.way = null;
    this.#overlay.show(null);
    if (retryS === null) this.#notice.show(message);
    else this.#notice.countDown(retryS, (left) => `${message} Next try in ${left} s.`);
  }

  #loading(bytes, of) {
    this.#notice.show(`Loading the models: ${(bytes / 1e6).toFixed(1)} of ${(of / 1e6).toFixed(1)} MB`);
  }

  #show({ record, heats, timing, takenMs }) {
    if (!this.camera.isOn || !at("photo").hidden) return;
    this.#timeline.add(record);
    this.#overlay.show({ record, heats });
    this.#people.show(record, this.#timeline);
    this.#announcer.tell(record);
    this.#recorder.add(record, timing, takenMs);
    at("status").textContent = statusWords(this.stream.cameraFps, timing);
    if (this.#recorder.isOn) this.#nameRecording();
  }

  async #photo(file) {
    this.#notice.show("Looking at the photo…");
    try {
      await this.#enterPhoto(file);
      const way = this.ways.now;
      const answer = await way.photo(file, { explain: this.stream.isExplaining });
      if (way !== this.ways.now || file !== this.#file) return;
      this.#overlay.show(answer);
      this.#people.show(answer.record, null);
      this.#announcer.tell(answer.record);
      this.#notice.clear();
      if (!answer.record.faces.length) this.#notice.show("No face is found in this photo.");
    } catch (error) {
      this.#notice.show(`The photo cannot be read: ${error.message}`);
    }
  }

  async #enterPhoto(file) {
    const bitmap = await createImageBitmap(file);
    this.#stopCamera("");
    const canvas = at("photo");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    canvas.hidden = false;
    this.#file = file;
    this.#shape(bitmap.width, bitmap.height);
    this.#mirror();
    at("stop").textContent = "Close the photo";
    at("stop").disabled = false;
    bitmap.close();
  }

  #leavePhoto() {
    this.#file = null;
    at("photo").hidden = true;
    this.#people.clear();
    this.#overlay.show(null);
  }

  /** Look once more at the photo that is open, if one is: the person wants it in another way. */
  #tellAgain() {
    if (this.#file) void this.#photo(this.#file);
  }

  #learn() {
    if (!this.camera.isOn) {
      this.#notice.show("Start the camera first.", 3000);
      return;
    }
    const way = this.ways.now;
    way.learn(NEUTRAL.learnS);
    this.#notice.countDown(NEUTRAL.learnS, (left) => `Rest your face: ${left} s`);
    setTimeout(() => way === this.ways.now && this.#learned(), 1000 * NEUTRAL.learnS + 500);
  }

  #learned() {
    const isLearned = Boolean(document.querySelector(".card-personal:not([hidden])"));
    this.#notice.show(isLearned ? "Your resting face is taken into account." : "No face was learned.", 3000);
  }

  #explain() {
    this.stream.isExplaining = !this.stream.isExplaining;
    at("explain").setAttribute("aria-pressed", this.stream.isExplaining);
    this.#tellAgain();
  }

  #record() {
    if (this.#recorder.isOn) save(this.#recorder.stop(), `mien-${new Date().toISOString().slice(0, 19)}.jsonl`);
    else this.#recorder.start();
    at("record").setAttribute("aria-pressed", this.#recorder.isOn);
    this.#nameRecording();
  }

  #nameRecording() {
    const words = this.#recorder.isOn ? `Save ${this.#recorder.count} results` : "Record results";
    at("record").querySelector("span").textContent = words;
  }

  #help() {
    const dialog = at("help-dialog");
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }
}
