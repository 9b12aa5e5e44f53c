import { hash, randomBytes } from 'node:crypto'
import { id_signedData, SignedData } from '@peculiar/asn1-cms'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { id_ct_tstInfo, MessageImprint, PKIStatus, TimeStampReq, TimeStampResp, TSTInfo } from '@peculiar/asn1-tsp'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import * as E from 'fp-ts/lib/Either.js'
import { exchange, type Patience } from './exchange.ts'

/** The object identifier of SHA-256 (RFC 5754, 2.2). */
const SHA_256 = '2.16.840.1.101.3.4.2.1'
const NONCE_BYTES = 8

/** What a time stamp is asked for over. */
interface Asked {
  readonly imprint: Buffer
  readonly nonce: Buffer
}

/** A positive integer in as few bytes as DER allows: its highest bit is clear, and its first byte not 0. */
const newNonce = (): Buffer => {
  const bytes = randomBytes(NONCE_BYTES)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

const formatRequest = ({ imprint, nonce }: Asked): Uint8Array<ArrayBuffer> => {
  const hashAlgorithm = new AlgorithmIdentifier({ algorithm: SHA_256, parameters: null })
  const messageImprint = new MessageImprint({ hashAlgorithm, hashedMessage: new OctetString(imprint) })
  const request = new TimeStampReq({ messageImprint, nonce: new Uint8Array(nonce).buffer, certReq: true })
  return new Uint8Array(AsnConvert.serialize(request))
}

/** What the time-stamping authority has signed, unchecked; throws where it cannot be read. */
const infoIn = ({ timeStampToken }: TimeStampResp): TSTInfo | null => {
  if (timeStampToken?.contentType !== id_signedData) return null
  const { encapContentInfo } = AsnConvert.parse(timeStampToken.content, SignedData)
  const content = encapContentInfo.eContent?.single
  if (encapContentInfo.eContentType !== id_ct_tstInfo || content === undefined) return null
  return AsnConvert.parse(content.buffer, TSTInfo)
}

const isSame = (bytes: ArrayBuffer | Uint8Array | undefined, ours: Buffer): boolean =>
  bytes !== undefined && ours.equals(new Uint8Array(bytes))

/** `null` where it is a time stamp over what was asked for; else why not. */
const faultOf = (response: Uint8Array<ArrayBuffer>, asked: Asked): string | null => {
  try {
    const answer = AsnConvert.parse(response, TimeStampResp)
    const { status } = answer.status
    if (status !== PKIStatus.granted && status !== PKIStatus.grantedWithMods) {
      return `the time stamp is not granted: status ${status} (${PKIStatus[status] ?? 'unknown'})`
    }
    const info = infoIn(answer)
    if (info === null) return 'its answer holds no time stamp'
    const { hashAlgorithm, hashedMessage } = info.messageImprint
    if (hashAlgorithm.algorithm !== SHA_256 || !isSame(hashedMessage.buffer, asked.imprint)) {
      return 'its time stamp is over something else'
    }
    return isSame(info.nonce, asked.nonce) ? null : 'its time stamp answers another request'
  } catch {
    return 'its answer is no time-stamp response'
  }
}

/**
 * Has a time-stamping authority say that these bytes were there by now (RFC 3161, over HTTP as in 3.4). Gives its response, DER,
 * as it came: a `TimeStampResp` over their SHA-256 with the certificates of the authority; or why there is none. Whether the
 * authority is to be believed is for whoever has its certificate: `openssl ts -verify`.
 */
export const timeStamp = async (
  url: string,
  bytes: Uint8Array,
  patience: Patience = {},
): Promise<E.Either<string, Buffer>> => {
  const asked = { imprint: hash('sha256', bytes, 'buffer'), nonce: newNonce() }
  const answered = await exchange(
    url,
    { method: 'POST', headers: { 'Content-Type': 'application/timestamp-query' }, body: formatRequest(asked) },
    patience,
  )
  if (E.isLeft(answered)) return answered
  const { status, contentType, body } = answered.right
  if (status !== 200) return E.left(`it answers ${status}`)
  if (contentType !== 'application/timestamp-reply') return E.left('its answer is no application/timestamp-reply')
  const fault = faultOf(new Uint8Array(body), asked)
  return fault === null ? E.right(body) : E.left(fault)
}
