import { parentPort, workerData } from 'node:worker_threads'
import { hearCommits } from './commits.ts'
import { watchDamage } from './damageWatch.ts'
import { openForReading } from './database.ts'
import { logReader } from './logReader.ts'
import { survey } from './survey.ts'

const { file } = workerData as { readonly file: string }
const db = openForReading(file)
const [commits, damage] = [hearCommits(file), watchDamage(file)]
parentPort?.postMessage(await survey(db, logReader(db, commits, damage)))
db.close()
commits.close()
damage.close()
