import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { END, header, isMemberName, paddingOf } from '../../src/tar/header.ts'
import { readTar } from '../../src/tar/readTar.ts'
import { newDirectory } from '../support/newDirectory.ts'

const CONTENTS: Readonly<Record<string, string>> = {
  'README.txt': 'plain words\n',
  'events/kyc-42/00000000.record': 'x'.repeat(512),
  'events/kyc-42/00000001.record': '',
  timeline: 'y'.repeat(200_001),
}

const archive = (contents: Readonly<Record<string, string>> = CONTENTS): Buffer =>
  Buffer.concat([
    ...Object.entries(contents).flatMap(([name, text]) => [
      header({ name, size: text.length, time: 1_700_000_000 }),
      Buffer.from(text),
      Buffer.alloc(paddingOf(text.length)),
    ]),
    END,
  ])

const written = (bytes: Uint8Array): string => {
  const file = join(newDirectory(), 'file.tar')
  writeFileSync(file, bytes)
  return file
}

/** What is read of an archive, each member as text. */
const read = (bytes: Uint8Array): Readonly<Record<string, string>> => {
  const file = openSync(written(bytes), 'r')
  const contents: Record<string, string> = {}
  try {
    for (const { name, next } of readTar(file)) {
      const pieces: string[] = []
      for (let piece = next(); piece !== null; piece = next()) pieces.push(piece.toString())
      contents[name] = pieces.join('')
    }
    return contents
  } finally {
    closeSync(file)
  }
}

describe('an archive', () => {
  it('is read as it was written', () => {
    expect(read(archive())).to.deep.equal(CONTENTS)
    expect(read(archive({}))).to.deep.equal({})
  })

  it('is one that tar unpacks, with its times', () => {
    const directory = newDirectory()
    const { status, stderr } = spawnSync('tar', ['-xf', written(archive()), '-C', directory], { encoding: 'utf8' })
    expect([status, stderr]).to.deep.equal([0, ''])
    for (const [name, text] of Object.entries(CONTENTS)) {
      expect(readFileSync(join(directory, name), 'utf8')).to.equal(text)
    }
    expect(statSync(join(directory, 'README.txt')).mtime.getTime()).to.equal(1_700_000_000_000)
  })

  it('of which any byte but those of its members is another one is not read', () => {
    const bytes = archive({ a: 'xy' })
    for (let at = 0; at < bytes.length; at++) {
      // Name, size and time may be others, and the sum over them would not agree.
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ 0x10
      if (at === 512 || at === 513) expect(Object.keys(read(flipped))).to.deep.equal(['a'])
      else expect(() => read(flipped), String(at)).to.throw('it is no archive that this service made')
    }
  })

  it('that is cut off, or goes on, is not read', () => {
    const bytes = archive({ a: 'xy', b: 'z' })
    for (const cut of [0, 100, 512, 513, 700, 1024, bytes.length - 1024, bytes.length - 512, bytes.length - 1]) {
      expect(() => read(bytes.subarray(0, cut)), String(cut)).to.throw('it is no archive')
    }
    for (const more of [Buffer.alloc(1), Buffer.alloc(512), bytes]) {
      expect(() => read(Buffer.concat([bytes, more]))).to.throw('something stands behind its end')
    }
  })

  it('with anything but plain files in it, as other programs write it, is not read', () => {
    const directory = newDirectory()
    const make = `cd ${directory} && echo a > a && ln -s a link && ln a hard && mkdir -p d/${'long/'.repeat(30)} && echo b > d/${'long/'.repeat(30)}b`
    spawnSync('sh', ['-c', make])
    for (const words of [
      'a',
      '--format=pax a',
      'link',
      'a hard',
      'd',
      '--format=gnu d',
      '--format=pax d',
      '--format=v7 a',
    ]) {
      const { stdout } = spawnSync('tar', ['-cf', '-', '-C', directory, ...words.split(' ')])
      expect(() => read(stdout), words).to.throw('it is no archive')
    }
  })

  it('has no member whose name leads elsewhere', () => {
    for (const name of [
      '/etc/passwd',
      '../x',
      'a/../b',
      '.',
      './a',
      'a//b',
      'a/',
      '',
      'a b',
      'a\n',
      'é',
      'x'.repeat(101),
      'C:x',
    ]) {
      expect(isMemberName(name), name).to.equal(false)
      expect(() => header({ name, size: 0, time: 0 }), name).to.throw(RangeError)
    }
    expect(isMemberName('events/kyc-42/00000000.tlog-proof')).to.equal(true)
  })
})
