// Runs in the page before the app. Times are from the input event (or the navigation) to the frame after the change.
window.probe = (() => {
  const waiting = new Map();
  const afterPaint = (then) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(null);
    });
  const until = (test, then) => {
    const look = () => (test() ? afterPaint(then) : requestAnimationFrame(look));
    look();
  };

  // An answer is durable when the transaction that holds its operation has completed.
  const durable = [];
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
    const transaction = begin.call(this, stores, mode, ...rest);
    if (mode === 'readwrite' && [stores].flat().includes('ops'))
      transaction.addEventListener('complete', () => durable.push(performance.now()));
    return transaction;
  };

  const afterClick = (name, measure) =>
    waiting.set(
      name,
      new Promise((resolve) =>
        addEventListener('click', (event) => measure(event.timeStamp, resolve), { capture: true, once: true }),
      ),
    );

  return {
    link: (text) => [...document.querySelectorAll('a')].find((each) => each.textContent.includes(text)),
    visitIsOpen: () => document.querySelector('a[href*="/sections/"]'),
    shown: (test) => new Promise((resolve) => until(test, resolve)),
    awaitAfterClick: (name, test) =>
      void afterClick(name, (from, resolve) => until(test, (at) => resolve(at - from))),
    awaitTap: (button) =>
      void afterClick('tap', (from, resolve) => {
        const before = durable.length;
        until(
          () => button.getAttribute('aria-pressed') === 'true',
          (painted) =>
            until(
              () => durable.length > before,
              () => resolve({ painted: painted - from, saved: durable[before] - from }),
            ),
        );
      }),
    result: (name) => waiting.get(name),
  };
})();
