import { renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect } from 'chai'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { buildGoChecker } from '../support/goChecker.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { expectProblem } from '../support/service/answers.ts'
import { smallLog } from '../support/witness/smallLog.ts'
import { spawnWitness, startWitness, WITNESS_NAME } from '../support/witness/witnessProcess.ts'

const ORIGIN = 'log.example/1'

describe('a witness as a process', () => {
  it('makes its key at the first start, readable to its owner alone, and prints what it is checked with', async () => {
    const directory = join(newDirectory(), 'new')
    const log = smallLog(ORIGIN)
    const first = await startWitness(directory, [log])
    const key = join(directory, 'witness-key.pem')
    expect(statSync(key).mode & 0o777).to.equal(0o600)
    expect(statSync(join(directory, 'witness.db')).mode & 0o777).to.equal(0o600)
    expect(first.stderr()).to.include(`made ${key}`)
    expect(first.stdout().split('\n').slice(0, 2)).to.deep.equal(first.vkeys)
    expect(await first.end('SIGTERM')).to.deep.equal({ code: 0, signal: null })
    const second = await startWitness(directory, [log])
    expect(second.vkeys).to.deep.equal(first.vkeys)
    expect(second.stderr()).to.equal('')
    expect(await second.end('SIGINT')).to.deep.equal({ code: 0, signal: null })
  })

  it('remembers after a restart what it has cosigned, also of what was answered last before a kill', async () => {
    const directory = newDirectory()
    const log = smallLog(ORIGIN, 120)
    let known = 0
    for (let round = 0; round < 3; round += 1) {
      const witness = await startWitness(directory, [log])
      for (let step = 1; step <= 15; step += 1) {
        expect((await witness.add(log.submission(known, known + 1))).status).to.equal(200)
        known += 1
      }
      // One that is under way when the process is killed was remembered, or not answered.
      const underWay = witness.add(log.submission(known, known + 1)).then(
        ({ status }) => status === 200,
        () => false,
      )
      await witness.end('SIGKILL')
      const answered = await underWay
      const again = await startWitness(directory, [log])
      const size = Number(await (await again.add(log.submission(1, 2))).text())
      expect(size).to.be.oneOf(answered ? [known + 1] : [known, known + 1])
      known = size
      const note = await (await again.monitored(ORIGIN)).text()
      const { checkpoint } = right(verifyCheckpoint(note, [log.key, ...again.keys]))
      expect(checkpoint).to.deep.equal({ origin: ORIGIN, size, root: log.root(size) })
      expect((await again.add(log.rewritten(known - 1).submission(known, known))).status).to.equal(422)
      await again.end('SIGTERM')
    }
  })

  it('never goes back where two processes run on one directory', async () => {
    const directory = newDirectory()
    const log = smallLog(ORIGIN, 60)
    const first = await startWitness(directory, [log])
    const witnesses = [first, await startWitness(directory, [log])]
    let known = 0
    while (known < 40) {
      const sizes = [known + 2, known + 1, known + 3, known + 1]
      const answers = await Promise.all(
        sizes.map((size, index) => (witnesses[index % 2] ?? first).add(log.submission(known, size))),
      )
      const cosigned = sizes.filter((_, index) => answers[index]?.status === 200)
      expect(cosigned).to.have.length(1)
      known = cosigned[0] ?? 0
    }
  })

  it('cosigns nothing that it cannot write down, says that it is not ready, and goes on by itself', async () => {
    const directory = newDirectory()
    const log = smallLog(ORIGIN)
    const witness = await startWitness(directory, [log])
    const ready = async () => (await fetch(`${witness.url}/health/ready`)).status
    const other = new Sqlite(join(directory, 'witness.db'))
    other.exec('BEGIN IMMEDIATE')
    const refused = await witness.add(log.submission(0, 3))
    expect(await expectProblem(refused, 500, 'internal-error')).to.not.include(ORIGIN)
    expect(await ready()).to.equal(503)
    expect((await witness.monitored(ORIGIN)).status).to.equal(404)
    other.exec('ROLLBACK')
    other.close()
    expect(await ready()).to.equal(200)
    expect((await witness.add(log.submission(0, 3))).status).to.equal(200)
  })

  it('does not start where it has forgotten what it has seen and has still its key', async () => {
    const directory = newDirectory()
    const log = smallLog(ORIGIN)
    const first = await startWitness(directory, [log])
    await first.end('SIGTERM')
    rmSync(join(directory, 'witness.db'))
    const env = { WITNESS_DIR: directory, WITNESS_NAME, WITNESS_LOGS: log.vkey }
    const { exited, stderr } = spawnWitness(env)
    expect(await exited).to.deep.equal({ code: 1, signal: null })
    expect(stderr()).to.include('witness.db is missing').and.to.include('another history')
    renameSync(join(directory, 'witness-key.pem'), join(directory, 'old.pem'))
    const anew = await startWitness(directory, [log])
    expect(anew.vkeys).to.not.deep.equal(first.vkeys)
  })

  it('does not start with what it cannot mean', async () => {
    const { exited, stderr } = spawnWitness({ WITNESS_NAME: 'two words' })
    expect(await exited).to.deep.equal({ code: 2, signal: null })
    expect(stderr()).to.match(/^WITNESS_NAME: .*\nWITNESS_LOGS: .*\n$/)
  })
})

describe('what a witness gives to monitors', () => {
  it("is accepted by Go's sumdb under the key of the log", async function () {
    this.timeout(120_000)
    const check = buildGoChecker()
    if (check === null) return this.skip()
    const log = smallLog(ORIGIN)
    const witness = await startWitness(newDirectory(), [log])
    await witness.add(log.submission(0, 6))
    await witness.add(log.submission(6, 11))
    const note = await (await witness.monitored(ORIGIN)).text()
    const records = log.records.slice(0, 11)
    expect(check(note, log.vkey, records)).to.deep.equal({ status: 0, stdout: `${ORIGIN}: 11 leaves\n` })
    expect(check(note, log.vkey, log.rewritten(10).records.slice(0, 11)).status).to.equal(1)
    expect(check(note.replace('\n11\n', '\n12\n'), log.vkey, records).stdout).to.include('invalid signature')
  })
})
