import { parentPort, workerData } from 'node:worker_threads'
import { hearCommits } from './commits.ts'
import { watchDamage } from './damageWatch.ts'
import { openForReading } from './database.ts'
import { logReader } from './logReader.ts'
import { survey } from './survey.ts'

const { file } = workerData as { readonly file: string }
const db = openForReading(file)
const [commits, damage] = [hearCommits(file), watchDamage(file)]
const stopping = new AbortController()
// Any word means that nobody waits for it any more.
parentPort?.once('message', () => stopping.abort())
const found = await survey(db, logReader(db, commits, damage), stopping.signal)
if (found !== null) parentPort?.postMessage(found)
db.close()
commits.close()
damage.close()
parentPort?.close()
