import { workerData } from 'node:worker_threads'
import { openForWriting } from '../src/eventStore/sqlite/database.ts'
import { serveGroupCommit } from '../src/sqlite/serveGroupCommit.ts'

const { file } = workerData as { readonly file: string }
const db = openForWriting(file)
db.exec('CREATE TABLE delivery (position INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT')
const insert = db.prepare<[string]>('INSERT INTO delivery (data) VALUES (?)')
serveGroupCommit(db, (data: string) => void insert.run(data))
