/** An address as it may be shown: user and password of it, whatever stands in them, left out. */
export const withoutCredentials = (address: string): string => address.replace(/\/\/.*@/s, '//…@');
