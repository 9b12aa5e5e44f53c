/** Answers each request with the number of the commit it is part of; the first is not done before it is told to go on. */
import { isMainThread, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { serveGroupCommit } from '../../../src/sqlite/serveGroupCommit.ts'

export const COMMITTING = 1
export const GO_ON = 2

if (!isMainThread) {
  const state = workerData as Int32Array
  let commits = 0
  const answer = (request: number): readonly [commit: number, request: number] => {
    if (request === 0) {
      Atomics.store(state, 0, COMMITTING)
      Atomics.wait(state, 0, COMMITTING)
    }
    return [commits, request]
  }
  serveGroupCommit(new Database(':memory:'), answer, {
    committed: () => {
      commits += 1
    },
  })
}
