import { isSuccess, REGION_NAMES, type Region } from '../../domain/regions.ts'
import { userMachine } from '../../domain/state/machine.ts'
import { expectedFrom } from '../../domain/state/transitionTable.ts'

const ABOUT: Readonly<Record<Region, string>> = {
  legacy: 'Decided by `kycReview` of the user object (`user.*`). Governs until the new life cycle has spoken.',
  lifecycle:
    'The New KYC Life Cycle: decided by `kycStatus` of the KYC object (`kycreview.*`), else by its `kycReview`.',
  documents: 'One state per document, decided by `documentStatus` (`document.*`).',
  liveness: 'One state per identification, decided by `kyc-status`, and by `score` once that is `processed`.',
  qes: 'One state per identification, decided by `result` (`qes.*`).',
  videoConference: 'One state per identification, decided by `result` (`videoConference.*`).',
}

const diagram = (region: Region): string => {
  const node = userMachine.states[region]
  if (node === undefined) throw new Error(`the machine has no region ${region}`)
  const states = Object.keys(node.states)
  const moves = states
    .filter((from) => from !== 'unknown')
    .flatMap((from) => expectedFrom(region, from as never).map((to) => `  ${from} --> ${to}`))
  const successes = states.filter((state) => isSuccess(state as never))
  return [
    '```mermaid',
    'stateDiagram-v2',
    `  [*] --> ${String(node.config.initial)}`,
    ...moves,
    ...states.filter((state) => state === 'unknown').map((state) => `  ${state} : unknown (from and to any state)`),
    '  classDef success font-weight:bold,stroke-width:3px',
    ...successes.map((state) => `  class ${state} success`),
    '```',
  ].join('\n')
}

/** What the machine does not draw: what overlays its answer, and what moves it beside webhooks. */
const BESIDE = `
## What overlays it

What the provider answered when it was asked (\`kyc-ledger.observed\`, [reconciliation](reconciliation.md)) is not signed: it moves no region. It lies over what the regions say, as an *overlay*: the status may be another one for it, and is what it was once it is taken off. It comes to a word as a user
object would that holds its three fields and nothing else: \`closed\` for \`userStatus\` CANCELED, else by \`kycReview\`; what is not understood, contradicts itself, or a user whom the provider does not know, to
\`unknown\`. Where one stands the status is

| heard \\ observed | validated | refused | closed | pending | none | unknown |
|---|---|---|---|---|---|---|
| **validated** | validated | refused | closed | pending | none | unknown |
| **refused** | refused | refused | closed | refused | refused | refused |
| **pending**, **none**, **unknown** | as heard | refused | closed | as heard | as heard | as heard |
| **closed** | closed | closed | closed | closed | closed | closed |

so that it takes away and never grants. A later observation takes its place. It is lifted by what the life cycle that governs says after it in the order of the fold and is
followed in, unless that is an echo or dated by its receipt alone, or a success that by its own signed date was reviewed before the observation; by nothing else: no document, no identification, no release. The status then is what was heard, no more. What
cannot be read, was altered or is missing makes it \`unknown\` as ever.

## What is held back, and released

A success of \`legacy\` or \`lifecycle\` that is not followed since it is an echo, or dated by its receipt alone, is held back, if it would have changed anything. It is so no more once

- either life cycle says that he is refused, closed, or something that is unknown or contradicts itself, followed or not, echo or not; or something cannot be read that may decide;
- its own life cycle is followed in anything: a new request overtakes it, and so does a success.

A release (\`kyc-ledger.released\`) names it by stream, revision, event id and payload hash, and rests on the observation that stands, if that says validated and no other level; or on a request of one person before it that
another one confirmed. Its life cycle then moves to \`validated\` as by a webhook that is no echo, at the time of the release. Everything is judged in the order of the fold, so that a refusal which occurred between the two makes it void
however late it comes in. A release that is void leaves an anomaly (\`release-void\`) and moves nothing. Why: [ADR 38](adr/0038-what-is-observed-and-released.md).
`

/** `docs/machine.md`: every region of the machine as a Mermaid state diagram, taken from its XState definition. */
export const drawMachine = (): string =>
  `# The machine of a user

Drawn from \`domain/state/machine.ts\` by \`npm run machine\`; do not edit.

Six regions in parallel. The arrows are the expected moves. Webhooks are snapshots of the provider's truth: a report of
any other state is followed too, and leaves an anomaly (\`unexpected-transition\`). States in bold vouch for the user: an
echo, a payload that was here before under another id and time or another name, never leads into one. A value nobody
knows leads to \`unknown\`, from which every report is expected. On the [page of a user](page.md#one-user) the same is drawn with where he
stands and how he came there.
${REGION_NAMES.map((region) => `\n## ${region}\n\n${ABOUT[region]}\n\n${diagram(region)}\n`).join('')}${BESIDE}`
