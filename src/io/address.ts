/** Which addresses are not on the public Internet, so that a server outside cannot send us to one inside. */
import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { AttemptError } from './retry.ts'

const inside = new BlockList()
// https://www.iana.org/assignments/iana-ipv4-special-registry
inside.addSubnet('0.0.0.0', 8)
inside.addSubnet('10.0.0.0', 8)
inside.addSubnet('100.64.0.0', 10)
inside.addSubnet('127.0.0.0', 8)
inside.addSubnet('169.254.0.0', 16)
inside.addSubnet('172.16.0.0', 12)
inside.addSubnet('192.168.0.0', 16)
// https://www.iana.org/assignments/iana-ipv6-special-registry
inside.addAddress('::', 'ipv6')
inside.addAddress('::1', 'ipv6')
inside.addSubnet('64:ff9b::', 96, 'ipv6')
inside.addSubnet('fc00::', 7, 'ipv6')
inside.addSubnet('fe80::', 10, 'ipv6')

/** An IP address of this machine or of a private network. */
export function isInsideAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && inside.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** A URL's hostname that names such an address without asking DNS. */
export function isInsideHost(hostname: string): boolean {
  return isInsideAddress(hostname.replace(/^\[|\]$/g, '')) || /(^|\.)localhost\.?$/i.test(hostname)
}

/** DNS for connections that a redirect asked for: a name that stands for an inside address is refused. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    if (addresses.some(({ address }) => isInsideAddress(address))) return callback(refusal(), [])
    const [first] = addresses
    if (options.all === true || first === undefined) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}

/** What a redirect into the inside ends with. */
export function refusal(): AttemptError {
  return new AttemptError('it redirects to an address of a private network or of this machine', false)
}
