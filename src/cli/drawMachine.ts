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

/** `docs/machine.md`: every region of the machine as a Mermaid state diagram, taken from its XState definition. */
export const drawMachine = (): string =>
  `# The machine of a user

Drawn from \`domain/state/machine.ts\` by \`npm run machine\`; do not edit.

Six regions in parallel. The arrows are the expected moves. Webhooks are snapshots of the provider's truth: a report of
any other state is followed too, and leaves an anomaly (\`unexpected-transition\`). States in bold vouch for the user: an
echo, a payload that was here before under another id and time or another name, never leads into one. A value nobody
knows leads to \`unknown\`, from which every report is expected.
${REGION_NAMES.map((region) => `\n## ${region}\n\n${ABOUT[region]}\n\n${diagram(region)}\n`).join('')}`

/** Whether a text is what the machine draws of itself today. */
export const checkDrawing = (text: string): boolean => text === drawMachine()
