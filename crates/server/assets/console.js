// Parts that change by themselves, and the hashes of files that stay on the reader's machine.
'use strict';

// Enter that is held down, or pressed before anybody can have read the page, was meant for the page before.
const READ_MS = 400;
for (const kind of ['keydown', 'keypress']) {
  addEventListener(kind, (event) => {
    const isMeant = !event.repeat && performance.now() > READ_MS;
    if (event.key === 'Enter' && !isMeant && event.target.matches('a, button')) event.preventDefault();
  }, true);
}

for (const part of document.querySelectorAll('[data-live]')) {
  const source = new EventSource(part.dataset.live);
  source.addEventListener(part.dataset.event, () => htmx.trigger(part, 'changed'));
  addEventListener('pagehide', () => source.close());
}

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
    const body = JSON.stringify({ secret: location.hash.slice(1), password: form.password.value });
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
