// People at work on a running server, over its interface and nothing else: officers take tasks and say what they found,
// enterprises apply, officers and a supervisor move what they applied for. For the demo; it ends by itself.
//
// Usage: node scripts/people.mjs ADDRESS DIRECTORY SECONDS
// DIRECTORY has enterprises.csv and the tokens officer-1.token, officer-2.token, officer-3.token, supervisor.token, and token,
// that of a machine that hands in matters.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [address, directory, seconds] = process.argv.slice(2);
if (!seconds) {
  console.error('usage: node scripts/people.mjs ADDRESS DIRECTORY SECONDS');
  process.exit(2);
}
const ends = Date.now() + Number(seconds) * 1000;
const token = (name) => readFileSync(`${directory}/${name}.token`, 'utf8').trim();
const officers = ['officer-1', 'officer-2', 'officer-3'].map(token);
const supervisor = token('supervisor');
const broker = token('broker');

/** Rows of enterprises.csv with what is needed of them. */
const enterprises = (() => {
  const [head, ...rows] = readFileSync(`${directory}/enterprises.csv`, 'utf8').trim().split('\n').map((line) => line.split(','));
  const at = (name) => head.indexOf(name);
  return rows.map((row) => ({ id: row[at('customs_code')], level: row[at('level')] })).filter((one) => one.id);
})();

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const chance = (share) => Math.random() < share;
const day = (days = 0) => new Date(Date.now() + 8 * 3600e3 + days * 86400e3).toISOString().slice(0, 10);

/** A call; `null` where there is nothing, or the state has changed meanwhile. */
async function call(who, method, path, body) {
  const answer = await fetch(`${address}${path}`, {
    method,
    headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (answer.status === 204 || answer.status === 409) return null;
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const done = { matters: 0, tasks: 0, findings: 0, applications: 0, moves: 0 };

/** Enterprises hand in what is work by itself, such as amendments; whether it goes first is the law's business. */
async function handIn() {
  await pause(1000 + Math.random() * 1000);
  const matter = pick(['amendment', 'amendment', 'port_inspection', 'local_inspection', 'sampling']);
  const { id } = pick(enterprises);
  await call(broker, 'POST', '/v1/decide', {
    matter_id: `P-${Date.now()}-${done.matters}`, matter, unit: 'declaration', office: '5301',
    consignee_consignor_id: id, declarant_id: id, end_user_id: id,
  });
  done.matters += 1;
}

/** An officer: the next task, some time for it, what was found. */
async function inspect(officer) {
  const claimed = await call(officer, 'POST', '/v1/tasks/claim', {});
  if (!claimed) return pause(1000);
  for (const task of [claimed.task, ...claimed.visit]) {
    await pause(500 + Math.random() * 2000);
    if (chance(0.02)) {
      await call(officer, 'POST', `/v1/tasks/${task.task}/release`, { ground: '需由另一科室办理' });
      continue;
    }
    const findings = chance(0.05) ? [{ code: pick(['quantity', 'description', 'documents', 'labelling']), text: '与申报不符' }] : [];
    const mode = task.queue === 'amendment' ? 'documents' : 'on_site';
    if (await call(officer, 'POST', `/v1/tasks/${task.task}/complete`, { mode, findings })) {
      done.tasks += 1;
      done.findings += findings.length;
    }
  }
}

const six = (value) => Object.fromEntries(['y1', 'y2', 'y3', 'y4', 'y5', 'last_month'].map((member) => [member, value]));

const REFORMS = ['remote_local_inspection', 'merged_verification', 'lot_inspection', 'destination_quarantine', 'grain_management'];

/** What enterprises apply for, and the facts that they state. */
const kinds = {
  farm_filing: () => ({ is_aquatic: true }),
  guarantee_waiver: () => ({ debt_ratio_excellent: six('0.6000'), cash_ratio_excellent: six('0.1000') }),
  voluntary_disclosure: () => ({
    violation_on: day(-Math.floor(Math.random() * 800)), violation_kind: 'tax', found_by_customs_before: false,
    corrected_in_time: chance(0.9), tax_short: `${Math.floor(Math.random() * 3e6)}.00`, tax_due: '9000000.00',
  }),
  foreign_registration: () => ({ is_aquatic: true, registered_elsewhere_same_product: chance(0.7) }),
  export_certificate: () => ({ is_spf_mouse: chance(0.5) }),
  admission: () => ({ admission_to: pick(REFORMS) }),
  packaging_test: () => ({
    is_hazardous_packaging: true, packaging_class: pick(['class_1', 'class_2', 'class_3']),
    packaging_last_test: day(-Math.floor(Math.random() * 400)),
  }),
};

/** An enterprise at the counter; half of them are AEO. Kinds come in turn, the first of which somebody can always move. */
async function apply() {
  await pause(2000 + Math.random() * 2000);
  const of = chance(0.5) ? enterprises.filter((one) => one.level === 'advanced') : enterprises;
  const kind = Object.keys(kinds)[done.applications % Object.keys(kinds).length];
  const made = await call(officers[0], 'POST', '/v1/applications', {
    kind, applicant: pick(of).id, office: kind === 'guarantee_waiver' ? '3101' : '5301', facts: kinds[kind](),
  });
  await call(officers[0], 'POST', `/v1/applications/${made.application.application}/submit`, { ground: '依申请' });
  done.applications += 1;
}

/** The next move of an application in a state: who makes it, which, and what it says. */
const moves = {
  'guarantee_waiver checked': [officers[1], 'review', {}],
  'guarantee_waiver reviewed': [supervisor, 'approve', { from: day(), to: day(365) }],
  'voluntary_disclosure eligible': [officers[1], 'accept', { on: day(30) }],
  'voluntary_disclosure accepted': [officers[2], 'settle', { on: day() }],
  'foreign_registration submitted': [officers[1], 'assess', {
    facts: { target_requirements_not_higher: true, target_risk_not_higher: true },
  }],
  'foreign_registration waived': [officers[1], 'recommend', {}],
  'foreign_registration reviewed': [officers[1], 'recommend', {}],
  'farm_filing submitted': [officers[1], 'file', {}],
  'export_certificate submitted': [officers[1], 'issue', {}],
  'admission submitted': [officers[1], 'admit', {}],
  'packaging_test overdue': [officers[2], 'pass_test', { on: day() }],
};

/** Officers and the supervisor move what waits, in its turn. */
async function decide() {
  await pause(1000);
  for (const [key, [who, step, says]] of Object.entries(moves)) {
    const [kind, state] = key.split(' ');
    const page = await call(supervisor, 'GET', `/v1/applications?kind=${kind}&state=${state}&order=turn&limit=1`);
    const next = page.items[0];
    if (!next) continue;
    // What was assessed and is not waived from a visit is reviewed on site.
    const assessed = step === 'assess' && next.facts.target_risk_not_higher !== undefined;
    const body = assessed ? {} : says;
    const made = await call(who, 'POST', `/v1/applications/${next.application}/${assessed ? 'review' : step}`, { ground: '依职权', ...body });
    if (made) done.moves += 1;
  }
}

async function until(end, work) {
  while (Date.now() < end) await work();
}

try {
  await Promise.all([...officers.map((officer) => until(ends, () => inspect(officer))), until(ends, handIn), until(ends, apply), until(ends, decide)]);
} catch (error) {
  // The server has ended, or something is wrong: which, is said.
  console.error(String(error.cause?.code ?? error.message));
  process.exitCode = error.cause ? 0 : 1;
}
console.log(JSON.stringify(done));
