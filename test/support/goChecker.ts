import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newDirectory } from './newDirectory.ts'

const SOURCE = fileURLToPath(new URL('../evidence/check.go', import.meta.url))
/** Where Debian's packages golang-go and golang-golang-x-mod-dev put what is checked with. */
const SUMDB = '/usr/share/gocode/src/golang.org/x/mod/sumdb'

const go = (words: readonly string[], home: string) =>
  spawnSync('go', words, {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOCACHE: join(home, 'cache'),
      GOTOOLCHAIN: 'local',
    },
  })

/** What Go's `sumdb` said. */
interface Checked {
  readonly status: number | null
  readonly stdout: string
}

/** Checks a signed checkpoint under a verifier key, and the tree over records against it. */
export type GoChecker = (note: string, key: string, records: readonly Uint8Array[]) => Checked

/** Builds a program of one file, with nothing but what Debian installs; `null`, and a line that says so, where Go is not installed. */
export const buildGo = (source: string): string | null => {
  const home = newDirectory()
  if (!existsSync(SUMDB) || go(['version'], home).status !== 0) {
    console.log('      Go is not installed (Debian: golang-go, golang-golang-x-mod-dev): not checked by it')
    return null
  }
  const program = join(home, 'program')
  const { status, stderr } = go(['build', '-o', program, source], home)
  if (status !== 0) throw new Error(stderr)
  return program
}

/** Builds `test/evidence/check.go`; `null` where Go is not installed. */
export const buildGoChecker = (): GoChecker | null => {
  const checker = buildGo(SOURCE)
  if (checker === null) return null
  const home = newDirectory()
  return (note, key, records) => {
    const files = [join(home, 'checkpoint'), join(home, 'records')] as const
    writeFileSync(files[0], note)
    writeFileSync(files[1], Buffer.concat(records.flatMap((record) => [lengthOf(record), record])))
    const { status, stdout } = spawnSync(checker, [files[0], key, files[1]], { encoding: 'utf8' })
    return { status, stdout }
  }
}

const lengthOf = (record: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(record.length)
  return length
}
