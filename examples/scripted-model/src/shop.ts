/** What the shop knows of an order; the part that the rules use. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly item: string;
  readonly sku: string;
  readonly priceCents: number;
  readonly refundedCents: number;
  readonly currency: string;
  readonly status: string;
  readonly deliveryAddress: { readonly country: string };
}

// The shop's tools, by the names that models see.
export const lookUp = 'crm_get-order';
export const resolve = 'crm_resolve-ticket';
export const replaceByOldInterface = 'crm_legacy-replacement';
