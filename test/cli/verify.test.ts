import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseCheckpoint } from '../../src/tlog/checkpoint.ts'
import { formatVerifierKey } from '../../src/tlog/keys.ts'
import { formatNote, formatSignature, parseNote } from '../../src/tlog/note.ts'
import { LATER_SECRET } from '../fixtures/logs/laterRuns.ts'
import { SECRET } from '../fixtures/logs/webhooks.ts'
import { tampering } from '../support/logs/alteredLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { newWitness, SIGNED_AT } from '../support/seals/sealing.ts'
import type { Done } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const LOG = new URL('../fixtures/logs/format-2/events.db', import.meta.url)
/** Both secrets that the provider's webhooks in it were verified under. */
const SECRETS = `${SECRET},${LATER_SECRET}`

const WITNESS_KEY = formatVerifierKey(newWitness('witness.example/1').verifier)

/** A data directory with a log of its own. */
const newLog = (): string => {
  const directory = newDirectory()
  copyFileSync(LOG, join(directory, 'events.db'))
  return directory
}

const change = (directory: string, sql: string): void => {
  expect(tampering(join(directory, 'events.db'), (db) => db.prepare(sql).run().changes)).to.be.greaterThan(0)
}

/** Gives a genuine event the payload of another one, by its data as `forged` makes them, and the hash that goes with it. */
const forge = (directory: string, forged: (genuine: string, other: string) => string): void =>
  tampering(join(directory, 'events.db'), (db) => {
    const [one, other] = db
      .prepare<[], { position: number; data: string; metadata: string }>(
        "SELECT position, data, metadata FROM events WHERE type = 'kycreview.result' LIMIT 2",
      )
      .all()
    if (one === undefined || other === undefined) throw new Error('the log holds two results of reviews')
    const { payloadHash } = JSON.parse(other.metadata)
    const metadata = JSON.stringify({ ...JSON.parse(one.metadata), payloadHash })
    db.prepare('UPDATE events SET data = ?, metadata = ? WHERE position = ?').run(
      forged(one.data, other.data),
      metadata,
      one.position,
    )
  })

const lines = ({ stdout }: Done, beginning: string): readonly string[] =>
  stdout.split('\n').filter((line) => line.startsWith(beginning))

const rootOf = (ended: Done): string => lines(ended, 'tree: ')[0] ?? ''

describe('verify', () => {
  let whole: Done
  before(async () => {
    whole = await kycHere(newLog(), ['verify'], { TREEZOR_WEBHOOK_SECRET: SECRETS })
  })

  it('says what of a log can be relied on, and what it does not show', () => {
    expect([whole.code, lines(whole, 'WRONG')], whole.stdout + whole.stderr).to.deep.equal([0, []])
    expect(whole.stdout).to.match(/^log: [0-9a-f-]{36}\n/)
    expect(whole.stdout).to.match(/^signatures of the provider: \d+ good, 0 under a secret that is not given$/m)
    expect(lines(whole, 'not checked: ')).to.deep.equal([
      'not checked: the metadata, names and order of events, and whether it is the log that was there before: no checkpoint is given',
      'not checked: whether the end of the log is gone: a checkpoint that you hold shows that, or one that a witness gives (<its URL>/<SHA-256 of the first line of a checkpoint>/checkpoint)',
      'not checked: whether an event was never recorded',
    ])
  })

  it('needs no secret for the hashes and the tree, and says that it checked no signature', async () => {
    const ended = await kycHere(newLog(), ['verify'])
    expect(ended.code).to.equal(0)
    expect(rootOf(ended)).to.equal(rootOf(whole))
    expect(lines(ended, 'signatures of the provider')).to.deep.equal([])
    const signed = /^signatures of the provider: (\d+) good/m.exec(whole.stdout)?.[1]
    expect(lines(ended, 'not checked: signatures of the provider')).to.deep.equal([
      `not checked: signatures of the provider: none of ${signed}, since no secret is given (TREEZOR_WEBHOOK_SECRET)`,
    ])
  })

  it('finds nothing good in signatures under another secret, and nothing wrong either', async () => {
    const ended = await kycHere(newLog(), ['verify'], { TREEZOR_WEBHOOK_SECRET: 'another' })
    expect(ended.code).to.equal(0)
    expect(lines(ended, 'signatures of the provider: 0 good')).to.have.length(1)
  })

  const REVIEW = `SELECT position FROM events WHERE data LIKE '%"kycStatus":"VALIDATED"%' LIMIT 1`

  for (const [what, sql, told] of [
    [
      'a payload with another word in it',
      `UPDATE events SET data = replace(data, 'VALIDATED', 'REFUSED__') WHERE position = (${REVIEW})`,
      'its payload is not the one that was recorded',
    ],
    [
      'data that are no webhook any more',
      `UPDATE events SET data = '{}' WHERE position = (${REVIEW})`,
      'its payload is not the one that was recorded',
    ],
    [
      'something behind its webhook',
      `UPDATE events SET data = data || 'x' WHERE position = (${REVIEW})`,
      'it is no webhook with its metadata',
    ],
    [
      'metadata without a hash',
      `UPDATE events SET metadata = '{}' WHERE position = (${REVIEW})`,
      'it is no webhook with its metadata',
    ],
  ] as const) {
    it(`names an event with ${what}`, async () => {
      const directory = newLog()
      change(directory, sql)
      const ended = await kycHere(directory, ['verify'])
      expect(ended.code).to.equal(1)
      expect(lines(ended, 'WRONG: ')).to.have.length(1)
      expect(ended.stdout)
        .to.match(/^WRONG: kyc-\d+, revision \d+ \(position \d+\): /m)
        .and.contain(told)
      expect(rootOf(ended)).to.not.equal(rootOf(whole))
    })
  }

  it('names an event that was moved to another user', async () => {
    const directory = newLog()
    change(
      directory,
      `UPDATE events SET stream = 'kyc-777', revision = 0 WHERE position = (SELECT max(position) FROM events WHERE type = 'user.kycreview')`,
    )
    const ended = await kycHere(directory, ['verify'])
    expect([ended.code, lines(ended, 'WRONG: ').length], ended.stdout).to.deep.equal([1, 1])
    expect(ended.stdout).to.match(
      /^WRONG: kyc-777, revision 0 .*: by its metadata it was recorded for another stream$/m,
    )
  })

  it('names an event that says it was recorded before the one before it in its stream', async () => {
    const directory = newLog()
    change(
      directory,
      `UPDATE events SET metadata = replace(metadata, '"recordedAt":"2026', '"recordedAt":"2025') WHERE position =
         (SELECT max(position) FROM events WHERE stream = 'kyc-1001')`,
    )
    const ended = await kycHere(directory, ['verify'])
    expect([ended.code, lines(ended, 'WRONG: ').length], ended.stdout).to.deep.equal([1, 1])
    expect(ended.stdout).to.match(/^WRONG: kyc-1001, revision 3 .*: it says that it was recorded before/m)
  })

  it('misses the identity that every log has, and the beginning of it', async () => {
    const directory = newLog()
    change(directory, "DELETE FROM events WHERE stream = 'kyc-log' AND revision = 0")
    const beheaded = await kycHere(directory, ['verify'])
    expect([beheaded.code, beheaded.stderr]).to.deep.equal([1, ''])
    expect(lines(beheaded, 'WRONG: kyc-log: ').join()).to.contain('does not show its beginning')
    change(directory, "DELETE FROM events WHERE stream = 'kyc-log'")
    const nameless = await kycHere(directory, ['verify'])
    expect([nameless.code, nameless.stderr]).to.deep.equal([1, ''])
    expect(lines(nameless, 'WRONG: kyc-log: ').join()).to.contain('every log has its identity there')
    expect(lines(nameless, 'log: ')).to.deep.equal(['log: without an identity'])
  })

  it('names an event whose hash was made to agree, by the signature that then does not', async () => {
    const directory = newLog()
    const signatureOf = (data: string): string => String(JSON.parse(data).object_payload_signature)
    forge(directory, (genuine, other) => other.replace(signatureOf(other), signatureOf(genuine)))
    expect((await kycHere(directory, ['verify'])).code).to.equal(0)
    const ended = await kycHere(directory, ['verify'], { TREEZOR_WEBHOOK_SECRET: SECRETS })
    expect(ended.code).to.equal(1)
    expect(ended.stdout).to.contain("the provider's signature over its payload is not good")
  })

  it('names an event that says it is of this service where none is written', async () => {
    const directory = newLog()
    change(
      directory,
      `UPDATE events SET metadata = '{"origin":"kyc-ledger",' || substr(metadata, 2) WHERE position = (${REVIEW})`,
    )
    const ended = await kycHere(directory, ['verify'])
    expect([ended.code, lines(ended, 'WRONG: ').length]).to.deep.equal([1, 1])
  })

  it('is not led astray by a genuine webhook inside of a forged one', async () => {
    const directory = newLog()
    forge(directory, (genuine, other) => {
      const forged = JSON.stringify(JSON.parse(other).object_payload).replaceAll('/', '\\/')
      return `{"webhook":${genuine},"object_payload":${forged}}`
    })
    const ended = await kycHere(directory, ['verify'], { TREEZOR_WEBHOOK_SECRET: SECRETS })
    expect([ended.code, lines(ended, 'WRONG: ').length]).to.deep.equal([1, 1])
  })

  it('opens no log in which events stand before the first', async () => {
    const directory = newLog()
    change(directory, 'UPDATE events SET position = -5 WHERE position = 5')
    const ended = await kycHere(directory, ['verify'])
    expect([ended.code, ended.stdout]).to.deep.equal([1, ''])
    expect(ended.stderr).to.contain('events stand before its first position')
  })

  it('changes nothing', async () => {
    const directory = newLog()
    await kycHere(directory, ['verify'])
    expect(readFileSync(join(directory, 'events.db')).equals(readFileSync(LOG))).to.equal(true)
  })

  it('says what is wrong with its words', async () => {
    for (const words of [
      ['verify', 'more'],
      ['verify', '--key', 'x'],
      ['verify', '--checkpoint', 'x'],
      ['verify', '--witness', 'x'],
      ['verify', '--witness', WITNESS_KEY],
      ['seal', 'x'],
    ]) {
      const ended = await kycHere(newLog(), words)
      expect([ended.code, ended.stdout], words.join(' ')).to.deep.equal([2, ''])
      expect(ended.stderr).to.not.equal('')
    }
  })
})

describe('a sealed log', () => {
  /** A log with its key, its seal in a file, and the words that hold the one against the other. */
  const newlySealed = async () => {
    const directory = newLog()
    const made = await kycHere(directory, ['seal-key'])
    const seal = await kycHere(directory, ['seal'])
    return { directory, made, seal }
  }
  const sealedOnce = writtenOnce(newlySealed)
  const sealed = async () => {
    const { directory, made, seal } = await sealedOnce()
    const file = join(directory, 'checkpoint')
    writeFileSync(file, seal.stdout)
    const keys = made.stdout.trim().split('\n')
    const words = ['verify', '--checkpoint', file, ...keys.flatMap((key) => ['--key', key])]
    return { directory, made, seal, file, keys, words }
  }

  it('has a key that is made once, is private, and signs in two ways under the identity of the log', async () => {
    const { directory, made, keys } = await sealed()
    expect(made.stderr).to.contain('keep a copy')
    expect(keys).to.have.length(2)
    for (const key of keys) expect(key).to.match(/^[0-9a-f-]{36}(\/\d+\.\d+)?\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/)
    expect(statSync(join(directory, 'seal-key.pem')).mode & 0o777).to.equal(0o600)
    const again = await kycHere(directory, ['seal-key'])
    expect([again.stdout, again.stderr]).to.deep.equal([made.stdout, ''])
  })

  it('has a key that can be made before there is a log', async () => {
    const directory = newDirectory()
    const early = await kycHere(directory, ['seal-key'])
    expect([early.code, early.stdout]).to.deep.equal([0, ''])
    expect(early.stderr).to.contain('once the service was started')
    const key = readFileSync(join(directory, 'seal-key.pem'), 'utf8')
    copyFileSync(LOG, join(directory, 'events.db'))
    expect((await kycHere(directory, ['seal-key'])).stdout.trim().split('\n')).to.have.length(2)
    expect(readFileSync(join(directory, 'seal-key.pem'), 'utf8')).to.equal(key)
  })

  it('begins with what its checkpoint was signed over, now and when it has grown', async () => {
    const { directory, words, file } = await sealed()
    const now = await kycHere(directory, words)
    expect(now.code, now.stdout + now.stderr).to.equal(0)
    expect(lines(now, file)[0]).to.match(/\d+ leaves, signed by .+: the log begins with just these$/)
    change(
      directory,
      `INSERT INTO events SELECT max(position) + 1, stream, max(revision) + 1, 'ffffffff-ffff-4fff-8fff-ffffffffffff',
         type, data, metadata FROM events WHERE stream = (SELECT stream FROM events ORDER BY position DESC LIMIT 1)`,
    )
    const grown = await kycHere(directory, words)
    expect(lines(grown, file)[0]).to.match(/: the log begins with just these$/)
    expect(rootOf(grown)).to.not.equal(rootOf(now))
  })

  for (const [what, sql, told] of [
    [
      'another byte in its metadata',
      `UPDATE events SET metadata = metadata || ' ' WHERE position = 5`,
      'are not those',
    ],
    ['another type', `UPDATE events SET type = 'x' WHERE position = 5`, 'are not those'],
    ['its last event gone', 'DELETE FROM events WHERE position = (SELECT max(position) FROM events)', 'has only'],
  ] as const) {
    it(`does not, with ${what}`, async () => {
      const { directory, words, file } = await sealed()
      change(directory, sql)
      const ended = await kycHere(directory, words)
      expect(ended.code).to.equal(1)
      expect(lines(ended, `WRONG: ${file}`).join()).to.contain(told)
    })
  }

  it('is not cosigned by a witness of whom neither checkpoint nor log show anything', async () => {
    const { directory, words, file, seal } = await sealed()
    const witness = newWitness('witness.example/1')
    const asked = [...words, '--witness', formatVerifierKey(witness.verifier)]
    const alone = await kycHere(directory, asked)
    expect(alone.code).to.equal(1)
    expect(lines(alone, 'WRONG: ')).to.deep.equal(['WRONG: witness.example/1 has cosigned no checkpoint in the log'])
    const note = right(parseNote(seal.stdout))
    const cosignature = witness.sign(right(parseCheckpoint(note.text)), SIGNED_AT)
    writeFileSync(file, seal.stdout + formatSignature(cosignature))
    const seen = await kycHere(directory, asked)
    expect([seen.code, lines(seen, 'WRONG: ')], seen.stdout).to.deep.equal([0, []])
    // The log has to have signed it, too.
    writeFileSync(file, formatNote({ text: note.text, signatures: [cosignature] }))
    expect((await kycHere(directory, asked)).stderr).to.contain('is no checkpoint that can be relied on')
  })

  it('is not believed where the checkpoint was changed, or is by somebody else', async () => {
    const { directory, words, file, seal } = await sealed()
    const other = await newlySealed()
    for (const text of [
      seal.stdout.replace(/^(\d)/m, (digit) => String((Number(digit) + 1) % 10)),
      other.seal.stdout,
    ]) {
      writeFileSync(file, text)
      const ended = await kycHere(directory, words)
      expect(ended.code).to.equal(1)
      expect(ended.stderr).to.contain('is no checkpoint that can be relied on')
    }
  })

  it('is not sealed with something wrong in it, nor without a key', async () => {
    const { directory } = await sealed()
    change(directory, `UPDATE events SET data = '{}' WHERE position = 5`)
    const ended = await kycHere(directory, ['seal'])
    expect([ended.code, ended.stdout]).to.deep.equal([1, ''])
    const keyless = await kycHere(newLog(), ['seal'])
    expect([keyless.code, keyless.stdout]).to.deep.equal([1, ''])
    expect(keyless.stderr).to.contain('seal-key makes one')
    const nowhere = await kycHere(directory, ['seal-key'], { SEAL_KEY_FILE: join(directory, 'nowhere', 'key.pem') })
    expect([nowhere.code, nowhere.stdout]).to.deep.equal([1, ''])
    expect(nowhere.stderr).to.contain('there is no directory')
  })
})
