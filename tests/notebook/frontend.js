// A page that shows what a kernel sends as VS Code's extension does: the manager of
// widgets is the one that it ships. `window.send` reaches the kernel, `window.heard`
// takes what the kernel says; a test connects the two.
const signal = () => ({ connect() {}, disconnect() {} });
const targets = new Map(), comms = new Map(), futures = new Map();
let last = 0;

class Comm {
  constructor(targetName, commId) { Object.assign(this, { targetName, commId }); }
  open(data, metadata) { return say("comm_open", { comm_id: this.commId, target_name: this.targetName, data }, metadata); }
  send(data, metadata) { return say("comm_msg", { comm_id: this.commId, data }, metadata); }
  close(data) { return say("comm_close", { comm_id: this.commId, data: data ?? {} }); }
  dispose() {}
}

function say(type, content, metadata) {
  const id = `page-${++last}`;
  const future = { msg: { header: { msg_id: id } }, done: Promise.resolve(), dispose() {} };
  futures.set(id, future);
  window.send(JSON.stringify({ id, type, content, metadata: metadata ?? {} }));
  return future;
}

const kernel = {
  id: "kernel", name: "python3", model: { id: "kernel", name: "python3" },
  username: "", clientId: "page", status: "idle", connectionStatus: "connected",
  statusChanged: signal(), connectionStatusChanged: signal(), disposed: signal(),
  iopubMessage: signal(), unhandledMessage: signal(), anyMessage: signal(),
  registerCommTarget: (name, open) => targets.set(name, open),
  removeCommTarget: (name) => targets.delete(name),
  createComm: (name, id) => { const comm = new Comm(name, id); comms.set(id, comm); return comm; },
  requestCommInfo: async () => ({ content: { comms: {} } }),
};

async function take(message) {
  const { header: { msg_type: type }, content } = message;
  await futures.get(message.parent_header.msg_id)?.onIOPub?.(message);
  if (type === "comm_open" && targets.has(content.target_name)) {
    const comm = new Comm(content.target_name, content.comm_id);
    comms.set(content.comm_id, comm);
    await targets.get(content.target_name)(comm, message);
  } else if (type === "comm_msg") {
    await comms.get(content.comm_id)?.onMsg?.(message);
  } else if (type === "display_data") {
    await show(content.data);
  }
}

// One cell's outputs, each in a box of its own, as in VS Code; elsewhere as plain boxes.
async function show(data) {
  const output = document.createElement("div");
  output.className = "output";
  const box = document.createElement("div");
  box.className = document.body.dataset.box;
  box.append(output);
  document.querySelector(".cell:last-child").append(box);
  const view = data["application/vnd.jupyter.widget-view+json"];
  if (!view) {
    output.append(Object.assign(document.createElement("pre"), { className: "kept", textContent: data["text/markdown"] ?? data["text/plain"] }));
    return;
  }
  output.classList.add("cell-output-ipywidget-background");
  const model = await manager.get_model(view.model_id);
  await manager.display_view(view, await manager.create_view(model), { node: output });
}

let chain = Promise.resolve(), manager;
window.failures = [];
window.heard = (messages) => {
  for (const message of messages) {
    chain = chain.then(() => take(message)).catch((failed) => window.failures.push(String(failed?.stack ?? failed)));
  }
  return chain.then(() => true);
};
window.begin_cell = () => {
  const cell = document.createElement("div");
  cell.className = "cell";
  document.getElementById("cells").append(cell);
};

const { activate } = await import("./ipywidgets.js");
activate();
(window.vscIPyWidgets8 ?? window.vscIPyWidgets7).load();
const scripts = {
  widgetsRegisteredInRequireJs: new Set(),
  loadWidgetScript: async (name) => { window.failures.push(`asked for ${name}`); },
  successHandler() {},
  errorHandler: (kind, module) => window.failures.push(`${module}: ${kind}`),
};
manager = new window.vscIPyWidgets.WidgetManager(kernel, undefined, scripts, () => {}, undefined);
window.ready = true;
