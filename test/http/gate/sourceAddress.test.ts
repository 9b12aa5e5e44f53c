import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readTrustProxy } from '../../../src/config/trustProxy.ts'
import { sourceOf } from '../../../src/http/gate/sourceAddress.ts'

describe('the source of a request', () => {
  it('is an address of IPv4, however a socket or a proxy writes it', () => {
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:192.0.2.7', '192.0.2.7:51234', ' 192.0.2.7 '])
      expect(sourceOf(address), address).to.equal('192.0.2.7')
  })

  it('is a network of 64 bits of IPv6: nobody gets another one by another address of his own', () => {
    for (const address of [
      '2001:db8:0:7::1',
      '2001:0DB8::7:1:2:3:4',
      '2001:db8:0:7:ffff:ffff:ffff:ffff',
      '[2001:db8:0:7::1]:443',
      '2001:db8:0:7::192.0.2.1',
    ])
      expect(sourceOf(address), address).to.equal('2001:db8:0:7::/64')
    expect(sourceOf('::1')).to.equal('0:0:0:0::/64')
    expect(sourceOf('fe80::1%eth0')).to.equal('fe80:0:0:0::/64')
    expect(sourceOf('2001:db8:0:8::1')).not.to.equal(sourceOf('2001:db8:0:7::1'))
  })

  it('is one for all that cannot be told', () => {
    for (const address of [undefined, '', 'unknown', '_hidden', '1.2.3.4.5', '300.1.1.1', 'x'.repeat(10_000)])
      expect(sourceOf(address)).to.equal('unknown')
  })
})

describe('TRUST_PROXY', () => {
  it('is a number of proxies, or names and networks', () => {
    expect(readTrustProxy('')).to.deep.equal(E.right([]))
    expect(readTrustProxy('false')).to.deep.equal(E.right([]))
    expect(readTrustProxy('0')).to.deep.equal(E.right(0))
    expect(readTrustProxy('2')).to.deep.equal(E.right(2))
    expect(readTrustProxy('loopback, 10.0.0.0/8,2001:db8::/32 , 192.0.2.1')).to.deep.equal(
      E.right(['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.1']),
    )
  })

  it('never is everybody, nor anything that cannot be read', () => {
    for (const text of [
      'true',
      '*',
      '17',
      '-1',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0/8',
      'loopback,',
      'proxy.example',
    ])
      expect(E.isLeft(readTrustProxy(text)), text).to.equal(true)
  })
})
