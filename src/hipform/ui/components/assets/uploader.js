// A drop zone that sends each video straight to this server and tells the page the ids of what has arrived.

const uploaders = new WeakMap();

/** Streamlit calls this on every change of data or theme; it must get the same clean-up each time. */
export default function render({ parentElement, data, setStateValue }) {
  let uploader = uploaders.get(parentElement);
  if (!uploader) {
    uploader = createUploader(parentElement);
    uploaders.set(parentElement, uploader);
  }
  uploader.update(data, setStateValue);
  return uploader.close;
}

function createUploader(parent) {
  let settings = null;
  let tell = () => {};
  const files = [];

  const input = make("input", "hf-file", { type: "file", multiple: true });
  const zone = make("label", "hf-zone", {}, [
    icon("upload"),
    make("span", "hf-zone-main", { textContent: "Drop videos here, or choose them" }),
    make("span", "hf-zone-sub", { textContent: "" }),
    input,
  ]);
  const list = make("ul", "hf-files", { attrs: { "aria-live": "polite" } });
  const root = make("div", "hf hf-upload", {}, [zone, list]);
  parent.append(root);

  input.addEventListener("change", () => {
    add(input.files);
    input.value = ""; // the same file may be chosen again
  });
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("hf-over", over);
      if (name === "drop") add(event.dataTransfer.files);
    });
  }

  function report() {
    tell("files", files.filter((file) => file.id).map((file) => file.id));
  }

  function add(chosen) {
    for (const file of chosen) {
      const entry = createEntry(file, settings, report, () => {
        files.splice(files.indexOf(entry), 1);
        report();
      });
      files.push(entry);
      list.append(entry.element);
    }
  }

  return {
    update(data, setStateValue) {
      settings = data;
      root.classList.toggle("hf-dark", isDark(root));
      tell = setStateValue;
      input.accept = data.accept;
      zone.querySelector(".hf-zone-sub").textContent = data.hint;
    },
    close() {
      files.forEach((file) => file.abort());
      uploaders.delete(parent);
      root.remove();
    },
  };
}

/** One file on its way: its name, how much of it has arrived, and a button that takes it back. */
function createEntry(file, settings, onArrived, onRemoved) {
  const state = make("span", "hf-file-state", { textContent: "0 %" });
  const bar = make("progress", "hf-file-bar", { max: 1, value: 0, attrs: { "aria-label": `Upload of ${file.name}` } });
  const request = new XMLHttpRequest();
  const entry = {
    id: null,
    element: null,
    abort: () => request.abort(),
  };
  const remove = button("hf-button hf-remove", `Take back ${file.name}`, () => {
    request.abort();
    entry.element.remove();
    onRemoved();
  }, icon("close"));
  entry.element = make("li", "hf-file-row", {}, [
    make("div", "hf-file-main", {}, [
      make("div", "hf-file-words", {}, [make("span", "hf-file-name", { textContent: file.name }), state]),
      bar,
    ]),
    remove,
  ]);

  const fail = (text) => {
    bar.remove();
    entry.element.classList.add("hf-file-failed");
    state.textContent = text;
  };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    state.textContent = `${Math.floor((100 * event.loaded) / event.total)} % of ${megabytes(file.size)}`;
  });
  request.addEventListener("load", () => {
    if (request.status !== 200) {
      fail(request.response?.error ?? "It could not be taken. Try once more.");
      return;
    }
    entry.id = request.response.id;
    bar.remove();
    state.textContent = `${megabytes(file.size)}, ready`;
    onArrived();
  });
  request.addEventListener("error", () => fail("It did not arrive. Is hipform still running? Try once more."));

  if (file.size > settings.limit) {
    fail(settings.tooLarge);
    return entry;
  }
  const address = new URL(settings.url, window.location.origin);
  address.searchParams.set("name", file.name);
  address.searchParams.set("modified", file.lastModified);
  request.open("PUT", address);
  request.responseType = "json";
  request.send(file);
  return entry;
}

function megabytes(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
