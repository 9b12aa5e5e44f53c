import type { ChildProcess } from 'node:child_process'
import type { Context, RootHookObject } from 'mocha'
import { removeDirectories } from './newDirectory.ts'
import { children, endChildren } from './service/children.ts'

let before: ReadonlySet<ChildProcess> = new Set()

/** For every test file, also where one process runs several after each other (hooks of a module would be those of its first). */
export const mochaHooks: RootHookObject = {
  beforeEach() {
    before = children()
  },
  async afterEach(this: Context) {
    if (this.currentTest?.state !== 'passed') await endChildren(before)
  },
  async afterAll() {
    await endChildren()
    removeDirectories()
  },
}
