import { existsSync, statSync } from 'node:fs'
import { readKeyFile } from '../evidence/keyFile.ts'
import { checkpointFile, keptCheckpoint, keptUntrusted, treeDirectory } from '../sealing/kept.ts'
import { readHead } from '../tree/treeHead.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'seals'
/** The last one is of when the log last grew: how long ago that is says nothing by itself. */
const LATE = 10

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const keyOf = ({ config: { sealing } }: Patient): Finding => {
  const { keyFile, makesKey } = sealing
  if (!existsSync(keyFile))
    return (makesKey ? ok : warning)(
      OF,
      `there is no SEAL_KEY_FILE ${keyFile}: ${makesKey ? 'the service makes one' : 'nothing is sealed; npm run kyc -- seal-key makes one'}`,
    )
  readKeyFile(keyFile)
  return ok(OF, `the key is of ${day(statSync(keyFile).mtimeMs)}: keep a copy where the log is not`)
}

/** The key, the newest checkpoint that is kept, and the tree under it. */
export const lookAtSeals = (patient: Patient): readonly Finding[] => {
  const { dataDir, sealing } = patient.config
  if (sealing.everySeconds === 0) return []
  const found: Finding[] = []
  try {
    found.push(keyOf(patient))
  } catch (error) {
    found.push(fault(OF, `nothing is sealed: ${error instanceof Error ? error.message : String(error)}`))
  }
  if (keptUntrusted(dataDir) !== null)
    found.push(fault(OF, 'the log is not the one that was sealed: npm run kyc -- verify tells where'))
  const [file, kept, head] = [checkpointFile(dataDir), keptCheckpoint(dataDir), readHead(treeDirectory(dataDir))]
  if (kept === null)
    found.push(
      existsSync(file) ? fault(OF, `${file} is no checkpoint: move it aside`) : ok(OF, 'no checkpoint is kept yet'),
    )
  else
    found.push(
      ok(
        OF,
        `the newest checkpoint that is kept covers ${kept.size} events, and is of ${new Date(statSync(file).mtimeMs).toISOString()}`,
      ),
    )
  if (head === 'damaged')
    found.push(warning(OF, "the head of the log's tree is damaged: the next start makes the tree anew"))
  if (typeof head === 'object' && kept !== null && head.size < kept.size)
    found.push(warning(OF, `the tree has ${head.size} leaves, and ${kept.size} were sealed: it is being made anew`))
  const late = typeof head === 'object' && kept !== null && head.size > kept.size
  if (late && patient.now - statSync(file).mtimeMs > LATE * sealing.everySeconds * 1000)
    found.push(
      warning(
        OF,
        `${head.size - kept.size} events are not sealed, since ${new Date(statSync(file).mtimeMs).toISOString()}: does the service run?`,
      ),
    )
  return found
}
