/** The page: its parts, and what happens when a person or the analysis says something. */

import { NEUTRAL } from "../analysis/options.js";
import { Announcer } from "./announcer.js";
import { BrowserWay } from "./browser_way.js";
import { Camera, troubleOf } from "./camera.js";
import { give, passDoor } from "./door.js";
import { bindKeys } from "./keys.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { People } from "./people.js";
import { Photo, acceptPhotos } from "./photo.js";
import { Recorder, save } from "./recorder.js";
import { ServerWay } from "./server_way.js";
import { statusWords, whereWords } from "./status.js";
import { Stream } from "./stream.js";
import { Timeline } from "./timeline.js";
import { Ways } from "./ways.js";

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
  #lesson = 0;
  /** Why there is no camera, or "". */
  #cameraTrouble = "";
  /** Whether the notice tells what keeps the way from being ready. */
  #isHindered = false;
  /** Why this browser cannot analyse, or "". */
  #obstacle = "";

  /** @param {URL} base address of the page */
  constructor(base) {
    this.passDoor = () => passDoor(new URL("v1/model", base), at("token-dialog"));
    this.camera = new Camera(at("video"), () => this.#stopCamera("The camera is gone."));
    this.photo = new Photo(at("photo"));
    this.stream = new Stream(at("video"), (answer) => this.#show(answer));
    this.ways = new Ways(
      { server: new ServerWay(base, this.passDoor), browser: new BrowserWay(base, this.passDoor) },
      {
        ready: () => this.#ready(),
        free: () => this.stream.offer(),
        answer: (answer) => this.stream.take(answer),
        failed: (message) => this.camera.isOn && this.#notice.show(message, 4000),
        trouble: (trouble) => this.#trouble(trouble),
        loading: ({ bytes, of }) => this.#loading(bytes, of),
      },
    );
  }

  /** Ask for a token if need be, connect, and listen to the person. */
  async begin() {
    this.#bindControls();
    const model = await this.passDoor();
    this.#obstacle = await BrowserWay.obstacle(model);
    document.querySelector("input[value=browser]").disabled = Boolean(this.#obstacle);
    this.#choose(this.ways.first(this.#obstacle ? ["server"] : ["server", "browser"]), model);
    await this.#listCameras();
  }

  /** Go on with a token that came with the address. */
  enter(given) {
    give(at("token-dialog"), given);
    if (this.ways.now) this.#choose(this.ways.now.name);
  }

  #bindControls() {
    at("start").addEventListener("click", () => this.#startCamera());
    at("stop").addEventListener("click", () => this.#stopCamera(""));
    at("camera").addEventListener("change", () => this.camera.isOn && this.#startCamera());
    at("mirror").addEventListener("change", () => this.#mirror());
    // A phone that is turned turns what its camera gives.
    at("video").addEventListener("resize", () => this.camera.isOn && this.#shapeAsVideo());
    for (const radio of document.getElementsByName("way")) {
      radio.addEventListener("change", () => this.#choose(radio.value));
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#listCameras());
    acceptPhotos({
      input: at("file"),
      zone: at("stage"),
      onPhoto: (file) => this.#openPhoto(file),
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
      if (!(await this.camera.open(at("camera").value))) return;
    } catch (error) {
      this.#stopCamera(troubleOf(error));
      return;
    }
    this.#leavePhoto();
    this.#cameraTrouble = "";
    this.#shapeAsVideo();
    this.#mirror();
    this.#fill("Stop the camera");
    // What keeps a way from being ready is told until it is.
    if (this.stream.way) this.#clearNotice();
    else this.ways.now?.open();
    await this.#listCameras();
  }

  #stopCamera(words) {
    this.camera.close();
    this.#leavePhoto();
    this.#empty();
    this.#cameraTrouble = words;
    this.#clearNotice();
  }

  /** Nothing is the matter any more, or only that there is no camera. */
  #clearNotice() {
    if (this.#cameraTrouble) this.#notice.show(this.#cameraTrouble);
    else this.#notice.clear();
  }

  #shapeAsVideo() {
    const { videoWidth, videoHeight } = at("video");
    this.#shape(videoWidth, videoHeight);
  }

  #shape(width, height) {
    at("stage").style.setProperty("--shape", width / height);
  }

  /** There is something on the stage. @param words how it is ended */
  #fill(words) {
    const stop = at("stop");
    [stop.textContent, stop.disabled] = [words, false];
    // What goes away must not take the keyboard's focus with it.
    if (document.activeElement === at("start")) stop.focus();
    at("stage").classList.remove("is-empty");
  }

  /** There is nothing on the stage any more. */
  #empty() {
    at("stage").classList.add("is-empty");
    if (document.activeElement === at("stop")) at("start").focus();
    at("stop").disabled = true;
  }

  #mirror() {
    this.#overlay.isMirrored = at("mirror").checked && !this.photo.isOpen;
    at("stage").classList.toggle("is-mirrored", this.#overlay.isMirrored);
  }

  /** @param model what /v1/model says, where it was just asked */
  #choose(name, model = null) {
    document.querySelector(`input[value=${name}]`).checked = true;
    at("where").textContent = whereWords(name);
    this.#clearNotice();
    this.#forget();
    this.stream.way = null;
    this.ways.choose(name, model);
    this.#noteWay();
    void this.#readPhoto();
  }

  #change() {
    const other = document.querySelector("input[name=way]:not(:checked)");
    if (!other.disabled) this.#choose(other.value);
  }

  #ready() {
    // What is told about a photo, say, stays.
    if (this.#isHindered) this.#clearNotice();
    this.#isHindered = false;
    this.#noteWay();
    this.stream.way = this.ways.now;
  }

  #noteWay() {
    const { runsOn } = this.ways.now;
    at("way-note").textContent = runsOn ? `Runs on ${runsOn}.` : this.#obstacle;
  }

  #trouble({ message, retryS }) {
    this.stream.way = null;
    this.#isHindered = true;
    if (retryS === null) {
      this.#notice.show(message);
    } else if (this.camera.isOn) {
      this.#forget();
      this.#notice.countDown(retryS, message, (left) => `Next try in ${left} s.`);
    } else {
      // Nobody waits for it: it is opened again once the camera is.
      this.ways.now.close();
    }
  }

  /** Show nobody any more: what was last seen says nothing about now. */
  #forget() {
    clearTimeout(this.#lesson);
    this.#timeline = new Timeline();
    this.#people.clear();
    this.#overlay.show(null);
    this.#announcer.forget();
    at("status").textContent = "";
  }

  #loading(bytes, of) {
    this.#isHindered = true;
    this.#notice.showCount("Loading the models:", `${(bytes / 1e6).toFixed(1)} of ${(of / 1e6).toFixed(1)} MB`);
  }

  #show({ record, heats, timing, takenMs }) {
    if (!this.camera.isOn || this.photo.isOpen) return;
    this.#timeline.add(record);
    this.#overlay.show({ record, heats });
    this.#people.show(record, this.#timeline);
    this.#announcer.tell(record);
    this.#recorder.add(record, timing, takenMs);
    at("status").textContent = statusWords(this.stream.cameraFps, timing);
    if (this.#recorder.isOn) this.#nameRecording();
  }

  async #openPhoto(file) {
    try {
      if (!(await this.photo.open(file))) return;
    } catch (error) {
      this.#notice.show(error.message);
      return;
    }
    this.#enterPhoto();
    await this.#readPhoto();
  }

  /** Look at the photo that is open, if one is, in the way that is taken now, if one is. */
  async #readPhoto() {
    const [{ canvas, calls, isOpen }, way] = [this.photo, this.ways.now];
    if (!isOpen || !way) return;
    const isWanted = () => way === this.ways.now && calls === this.photo.calls;
    this.#announcer.forget();
    this.#notice.show("Looking at the photo…");
    try {
      const answer = await way.photo(canvas, { explain: this.stream.isExplaining });
      if (isWanted()) this.#tellPhoto(answer);
    } catch (error) {
      if (isWanted()) this.#notice.show(error.message);
    }
  }

  #tellPhoto(answer) {
    this.#overlay.show(answer);
    this.#people.show(answer.record, null);
    this.#announcer.tell(answer.record);
    this.#clearNotice();
    if (!answer.record.faces.length) this.#notice.show("No face is found in this photo.");
  }

  /** The photo takes the place of what was on the stage. */
  #enterPhoto() {
    this.camera.close();
    this.#cameraTrouble = "";
    this.#clearNotice();
    this.#forget();
    this.#shape(this.photo.canvas.width, this.photo.canvas.height);
    this.#mirror();
    this.#fill("Close the photo");
  }

  #leavePhoto() {
    this.photo.close();
    this.#forget();
  }

  #learn() {
    if (!this.camera.isOn) {
      this.#notice.show("Start the camera first.", 3000);
      return;
    }
    if (!this.stream.way) {
      // What keeps it from being ready may be told already, and goes on.
      if (!this.#notice.isShown) this.#notice.show("The analysis is not ready yet.", 3000);
      return;
    }
    clearTimeout(this.#lesson);
    this.ways.now.learn(NEUTRAL.learnS);
    this.#notice.countDown(NEUTRAL.learnS, "Rest your face:", (left) => `${left} s`);
    this.#lesson = setTimeout(() => this.#learned(), 1000 * NEUTRAL.learnS + 500);
  }

  #learned() {
    const isLearned = Boolean(document.querySelector(".card-personal:not([hidden])"));
    this.#notice.show(isLearned ? "Your resting face is taken into account." : "No face was learned.", 3000);
  }

  #explain() {
    this.stream.isExplaining = !this.stream.isExplaining;
    at("explain").setAttribute("aria-pressed", this.stream.isExplaining);
    void this.#readPhoto();
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
