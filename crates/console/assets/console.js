// Parts that change by themselves, and the hashes of files that stay on the reader's machine.
'use strict';

// Enter that is held down, or pressed before anybody can have read the page, was meant for the page before. A key counts from when it was
// pressed, not from when a slow machine comes to it.
const READ_MS = 400;
let readable = Infinity;
requestAnimationFrame(() => setTimeout(() => {
  readable = performance.now();
  document.documentElement.dataset.readable = '';
}, READ_MS));
for (const kind of ['keydown', 'keypress']) {
  addEventListener(kind, (event) => {
    const isMeant = !event.repeat && event.timeStamp > readable;
    if (event.key === 'Enter' && !isMeant && event.target.matches('a, button')) event.preventDefault();
  }, true);
}

// A form that is sent twice by a double click is sent once.
const TWICE_MS = 2000;
const sent = new WeakMap();
addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || (event.submitter?.formMethod || form.method) !== 'post') return;
  if (event.timeStamp - (sent.get(form) ?? -TWICE_MS) < TWICE_MS) event.preventDefault();
  else sent.set(form, event.timeStamp);
});

// An event says that a part is to be asked for, or, for a part that has no address, what it says now.
const sources = new Map();
for (const part of document.querySelectorAll('[data-live]')) {
  const { live, event } = part.dataset;
  if (!sources.has(live)) sources.set(live, new EventSource(live));
  sources.get(live).addEventListener(event, ({ data }) => {
    if (part.hasAttribute('hx-get')) htmx.trigger(part, 'changed');
    else part.textContent = data;
  });
}
addEventListener('pagehide', () => { for (const source of sources.values()) source.close(); });

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

for (const input of document.querySelectorAll('[data-hashes]')) {
  const list = document.getElementById(input.dataset.hashes);
  input.addEventListener('change', async () => {
    for (const file of input.files) {
      const hash = hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      list.value = `${list.value.trim()}\n${hash}`.trim();
    }
  });
}

// A link that is to be passed on is whole.
for (const path of document.querySelectorAll('[data-path]')) path.prepend(location.origin);

// The secret of a one-time link stands behind `#` and so reached no server log; it is sent with the chosen password.
for (const form of document.querySelectorAll('[data-welcome]')) {
  const status = form.querySelector('[role=status]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const code = form.code.value.trim() || null;
    const body = JSON.stringify({ secret: location.hash.slice(1), password: form.password.value, code });
    const answer = await fetch('/v1/welcome', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (answer.ok) location.replace('/');
    else status.textContent = status.dataset.sayRefused;
  });
}

for (const button of document.querySelectorAll('[data-print]')) button.addEventListener('click', () => print());

// A draw is made again from the revealed key: docs/how-to/audit-a-draw.md says the same in Python.
const bytesOf = (text) => new TextEncoder().encode(text);
const fields = (...texts) => {
  const parts = texts.flatMap((text) => {
    const bytes = bytesOf(text);
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(bytes.length));
    return [...new Uint8Array(length.buffer), ...bytes];
  });
  return new Uint8Array(parts);
};
/** Whether a log of `size` entries with this root begins with one that was kept: RFC 9162, 2.1.4.2. */
async function isConsistent(kept, now, path) {
  if (kept.size === now.size) return kept.root === now.root;
  const join = async (left, right) => hex(await crypto.subtle.digest('SHA-256', new Uint8Array([1, ...unhex(left), ...unhex(right)])));
  let [first, second] = [BigInt(kept.size) - 1n, BigInt(now.size) - 1n];
  const isOdd = (number) => (number & 1n) === 1n;
  const nodes = (BigInt(kept.size) & first) === 0n ? [kept.root, ...path] : path;
  while (isOdd(first)) [first, second] = [first >> 1n, second >> 1n];
  let [older, newer] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    if (second === 0n) return false;
    if (isOdd(first) || first === second) {
      [older, newer] = [await join(node, older), await join(node, newer)];
      while (!isOdd(first) && first !== 0n) [first, second] = [first >> 1n, second >> 1n];
    } else {
      newer = await join(newer, node);
    }
    [first, second] = [first >> 1n, second >> 1n];
  }
  return older === kept.root && newer === now.root && second === 0n;
}

for (const form of document.querySelectorAll('[data-consistency]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const now = { size: Number(form.dataset.size), root: form.dataset.root };
    const kept = { size: form.querySelector('#kept-size').valueAsNumber, root: form.querySelector('#kept-root').value };
    const answer = await fetch(`/v1/log/consistency?from=${kept.size}&to=${now.size}`);
    const path = answer.ok ? (await answer.json()).path.match(/.{64}/g) ?? [] : [];
    const isSame = answer.ok && await isConsistent(kept, now, path);
    const { saySame, sayOther, sayNone } = form.dataset;
    form.querySelector('[role=status]').textContent = isSame ? `✓ ${saySame}` : answer.ok ? `✗ ${sayOther}` : `? ${sayNone}`;
  });
}

const unhex = (text) => new Uint8Array(text.match(/../g).map((byte) => parseInt(byte, 16)));

/** Whether a draw of 64 bits lies below a decimal rate, exactly. */
const isBelow = (u, rate) => {
  const [whole, places = ''] = rate.split('.');
  return u * 10n ** BigInt(places.length) < BigInt(whole + places) << 64n;
};

async function verify(draw) {
  const { epoch, basis, stage, matter, rate, selected, draw: claimed } = draw.dataset;
  const list = draw.querySelector('[role=status] ul');
  const say = (mark, text, value) => {
    const line = document.createElement('li');
    line.textContent = `${mark} ${text}`;
    if (value) line.append(': ', Object.assign(document.createElement('code'), { textContent: value }));
    list.append(line);
  };
  list.replaceChildren();
  const answer = await fetch(`/v1/draws/${epoch}`);
  if (!answer.ok) return say('?', draw.dataset.sayNone);
  const day = await answer.json();
  if (!day.key) return say('?', draw.dataset.saySecret, day.commitment);
  if (draw.dataset.sm3) return say('?', draw.dataset.saySm3);
  const key = unhex(day.key);
  const committed = new Uint8Array([...bytesOf(`greenlane/commitment/v1${epoch}`), ...key]);
  const commitment = hex(await crypto.subtle.digest('SHA-256', committed));
  say(commitment === day.commitment ? '✓' : '✗', draw.dataset.sayCommitment, commitment);
  const secret = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const made = hex(await crypto.subtle.sign('HMAC', secret, fields('greenlane/draw/v1', basis, stage, matter))).slice(0, 16);
  say(made === claimed ? '✓' : '✗', draw.dataset.sayDraw, made);
  const isSelected = isBelow(BigInt(`0x${made}`), rate);
  const outcome = isSelected ? draw.dataset.saySelected : draw.dataset.sayNotSelected;
  say(String(isSelected) === selected ? '✓' : '✗', `${draw.dataset.sayOutcome}: ${outcome}`);
}

for (const button of document.querySelectorAll('[data-verify]')) {
  button.addEventListener('click', () => verify(button.closest('[data-draw]')));
}

// Charts stand beside a table that says the same.
addEventListener('load', () => {
  for (const place of document.querySelectorAll('[data-chart]')) {
    const { x, series } = JSON.parse(place.dataset.chart);
    const chart = echarts.init(place);
    chart.setOption({
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, tooltip: { trigger: 'axis' }, legend: { top: 0 },
      color: ['#9aa5b1', '#0054a6'], grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true }, xAxis: { type: 'category', data: x }, yAxis: { type: 'value', minInterval: 1 },
      series: series.map(([name, data]) => ({ name, type: 'bar', data })),
    });
    addEventListener('resize', () => chart.resize());
  }
});
