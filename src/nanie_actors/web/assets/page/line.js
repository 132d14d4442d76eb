// A websocket that comes back by itself: after a moment at first, later every few seconds, never all at the same time.

const FIRST_MS = 300;
const LONGEST_MS = 8_000;

/**
 * Keep a line to a path of this server. `onopen(send)` each time it stands, `onmessage(value)` for each frame,
 * `onstate("connecting" | "live" | "away")` when that changes. Gives `{ send, close }`; what is sent while there is no line is
 * not kept: whoever sends says it again in `onopen`.
 */
export function keepLine(path, { onopen = () => {}, onmessage, onstate = () => {} }) {
  let socket = null;
  let waitMs = FIRST_MS;
  let timer = 0;
  let isClosed = false;

  const send = (value) => {
    const isOpen = socket !== null && socket.readyState === WebSocket.OPEN;
    if (isOpen) socket.send(JSON.stringify(value));
    return isOpen;
  };

  function open() {
    const url = new URL(path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url);
    socket.onopen = () => {
      waitMs = FIRST_MS;
      onstate("live");
      onopen(send);
    };
    socket.onmessage = ({ data }) => onmessage(JSON.parse(data));
    socket.onclose = () => {
      if (isClosed) return;
      onstate("away");
      timer = setTimeout(open, waitMs * (0.5 + Math.random()));
      waitMs = Math.min(waitMs * 2, LONGEST_MS);
    };
  }

  const soon = () => {
    if (!isClosed && socket.readyState === WebSocket.CLOSED) {
      clearTimeout(timer);
      open();
    }
  };
  window.addEventListener("online", soon);
  onstate("connecting");
  open();
  return {
    send,
    close() {
      isClosed = true;
      clearTimeout(timer);
      window.removeEventListener("online", soon);
      socket.close();
    },
  };
}
