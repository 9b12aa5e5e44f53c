import type { ChildProcess } from 'node:child_process'
import type { Context, RootHookObject } from 'mocha'
import { tellSeen } from './description/seen.ts'
import { faultsSince, watchAnswers } from './description/watching.ts'
import { removeDirectories } from './newDirectory.ts'
import { children, endChildren } from './service/children.ts'
import { endServedHere } from './service/service.ts'

watchAnswers()

/** Every answer that a test receives is one that the description of the API has. */
const checkAnswers = (): void => {
  const faults = faultsSince()
  if (faults.length > 0) throw new Error(`not as the API is described:\n${[...new Set(faults)].join('\n')}`)
}

let before: ReadonlySet<ChildProcess> = new Set()

/** For every test file, also where one process runs several after each other (hooks of a module would be those of its first). */
export const mochaHooks: RootHookObject = {
  beforeEach() {
    before = children()
  },
  async afterEach(this: Context) {
    if (this.currentTest?.state !== 'passed') await endChildren(before)
    checkAnswers()
  },
  async afterAll() {
    await endServedHere()
    await endChildren()
    removeDirectories()
    tellSeen()
    checkAnswers()
  },
}
