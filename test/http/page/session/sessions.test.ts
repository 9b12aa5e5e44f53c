import { expect } from 'chai'
import type { Request } from 'express'
import type { Holder } from '../../../../src/access/holder.ts'
import { newSessions, SESSION_SECONDS } from '../../../../src/http/page/session/sessions.ts'
import { pathIn } from '../../../../src/http/page/session/signIn.ts'
import { newTries } from '../../../../src/http/page/session/tries.ts'

const holder = (name: string): Holder => {
  const one: Holder = { name, scopes: ['kyc:read'], asItStands: () => one }
  return one
}

describe('a session', () => {
  it('lasts eight hours, however often it is used', () => {
    let now = 0
    const sessions = newSessions(() => now)
    const token = sessions.begin(holder('shop'))
    now = SESSION_SECONDS * 1000 - 1
    expect(sessions.of(token)).to.include({ name: 'shop' })
    now += 1
    expect(SESSION_SECONDS).to.equal(8 * 60 * 60)
    expect(sessions.of(token)).to.equal(null)
  })

  it('is known by 256 random bits, and by nothing else', () => {
    const sessions = newSessions()
    const tokens = Array.from({ length: 50 }, () => sessions.begin(holder('shop')))
    expect(new Set(tokens).size).to.equal(50)
    for (const token of tokens) expect(Buffer.from(token, 'base64url').length).to.equal(32)
    for (const other of ['', 'x', `${tokens[0]}x`, tokens[0]?.slice(1) ?? '']) expect(sessions.of(other)).to.equal(null)
  })

  it('ends the oldest of its own key where there are a hundred, and none of another key', () => {
    let now = 0
    const sessions = newSessions(() => now)
    const other = sessions.begin(holder('auditor'))
    const tokens = Array.from({ length: 150 }, () => {
      now += 1
      return sessions.begin(holder('shop'))
    })
    expect(tokens.map((token) => sessions.of(token) !== null)).to.deep.equal([
      ...Array.from({ length: 50 }, () => false),
      ...Array.from({ length: 100 }, () => true),
    ])
    expect(sessions.of(other)).to.include({ name: 'auditor' })
  })
})

describe('the way back from signing in', () => {
  it('is a path of this service, whatever was asked for', () => {
    for (const path of ['/', '/users/7', '/users?status=pending&after=7']) expect(pathIn(path), path).to.equal(path)
    for (const elsewhere of [
      null,
      '',
      'users',
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      'javascript:alert(1)',
      '/sign-in',
      '/sign-out',
    ]) {
      expect(pathIn(elsewhere), String(elsewhere)).to.equal('/')
    }
    expect(pathIn('/users\r\nSet-Cookie: a=b')).to.match(/^\/[\x21-\x7e]*$/)
  })
})

describe('trying keys', () => {
  const from = (ip: string): Request => ({ headers: {}, socket: { remoteAddress: ip } }) as unknown as Request

  it('makes wait who tries wrong ones, longer each time and never for ever, and nobody else', () => {
    let now = 0
    const tries = newTries(() => now)
    const waited = Array.from({ length: 14 }, () => {
      tries.wrong(from('10.0.0.1'))
      const seconds = tries.waits(from('::ffff:10.0.0.1'))
      now += seconds * 1000
      expect(tries.waits(from('10.0.0.1'))).to.equal(0)
      return seconds
    })
    expect(waited).to.deep.equal([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    tries.wrong(from('10.0.0.1'))
    expect(tries.waits(from('10.0.0.1'))).to.equal(60)
    expect(tries.waits(from('10.0.0.2'))).to.equal(0)
    tries.right(from('10.0.0.1'))
    expect(tries.waits(from('10.0.0.1'))).to.equal(0)
  })
})
