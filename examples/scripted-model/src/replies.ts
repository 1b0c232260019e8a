import type { Language } from './language.js';
import { moneyText } from './money.js';

/** What a reply says. */
export type Message =
  | { readonly kind: 'refund'; readonly cents: number }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'replacement'; readonly item: string; readonly sku: string }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'sorry' };

interface Phrases {
  readonly hello: (name: string | undefined) => string;
  readonly about: string;
  readonly regret: string;
  readonly end: string;
  readonly body: (message: Message, order: string) => string;
  readonly status: Readonly<Record<string, string>>;
}

const english: Phrases = {
  hello: (name) => `Hello${name ? ` ${name}` : ''},`,
  about: 'Your order',
  regret: 'We are truly sorry for the trouble this has caused you.',
  end: 'Kind regards\nYour support team',
  status: {
    processing: 'is being prepared',
    packed: 'is packed and waits for the carrier',
    shipped: 'is on its way',
    delivered: 'was delivered',
  },
  body: (message, order) => {
    switch (message.kind) {
      case 'refund':
        return `we refund ${moneyText(message.cents, 'en')} for your order ${order}. The amount goes back the way you paid.`;
      case 'address':
        return `your order ${order} will be delivered to: ${message.address}.`;
      case 'replacement':
        return `we are sorry that you did not get what you ordered. For your order ${order} we send you: ${message.item} (${message.sku}).`;
      case 'delivered':
        return `your order ${order} was delivered already, so its address can no longer be changed.`;
      case 'status':
        return `your order ${order} ${message.status}.`;
      case 'sorry':
        return `thank you for telling us about your order ${order}. Would you like a refund or a replacement? Please let us know.`;
    }
  },
};

const german: Phrases = {
  hello: (name) => `Guten Tag${name ? ` ${name}` : ''},`,
  about: 'Ihre Bestellung',
  regret: 'es tut uns aufrichtig leid, dass Sie diesen Ärger hatten.',
  end: 'Freundliche Grüße\nIhr Support-Team',
  status: {
    processing: 'wird gerade vorbereitet',
    packed: 'ist verpackt und wartet auf den Versand',
    shipped: 'ist unterwegs',
    delivered: 'wurde zugestellt',
  },
  body: (message, order) => {
    switch (message.kind) {
      case 'refund':
        return `wir erstatten Ihnen ${moneyText(message.cents, 'de')} für Ihre Bestellung ${order}. Der Betrag geht auf Ihr Zahlungsmittel zurück.`;
      case 'address':
        return `Ihre Bestellung ${order} wird geliefert an: ${message.address}.`;
      case 'replacement':
        return `es tut uns leid, dass Sie nicht das Bestellte erhalten haben. Zu Ihrer Bestellung ${order} senden wir Ihnen: ${message.item} (${message.sku}).`;
      case 'delivered':
        return `Ihre Bestellung ${order} wurde bereits zugestellt; die Adresse kann nicht mehr geändert werden.`;
      case 'status':
        return `Ihre Bestellung ${order} ${message.status}.`;
      case 'sorry':
        return `danke für Ihre Nachricht zur Bestellung ${order}. Wünschen Sie eine Erstattung oder einen Ersatz? Bitte sagen Sie uns Bescheid.`;
    }
  },
};

const french: Phrases = {
  hello: (name) => `Bonjour${name ? ` ${name}` : ''},`,
  about: 'Votre commande',
  regret: 'Nous sommes sincèrement désolés pour ces désagréments.',
  end: 'Cordialement\nVotre équipe d’assistance',
  status: {
    processing: 'est en préparation',
    packed: 'est emballée et attend le transporteur',
    shipped: 'est en route',
    delivered: 'a été livrée',
  },
  body: (message, order) => {
    switch (message.kind) {
      case 'refund':
        return `nous vous remboursons ${moneyText(message.cents, 'fr')} pour votre commande ${order}, par le moyen de paiement utilisé.`;
      case 'address':
        return `votre commande ${order} sera livrée à : ${message.address}.`;
      case 'replacement':
        return `nous regrettons que vous n’ayez pas reçu ce que vous aviez commandé. Pour votre commande ${order}, nous vous envoyons : ${message.item} (${message.sku}).`;
      case 'delivered':
        return `votre commande ${order} a déjà été livrée ; son adresse ne peut plus être modifiée.`;
      case 'status':
        return `votre commande ${order} ${message.status}.`;
      case 'sorry':
        return `merci de votre message au sujet de la commande ${order}. Souhaitez-vous un remboursement ou un remplacement ? Dites-le-nous.`;
    }
  },
};

const spanish: Phrases = {
  hello: (name) => `Hola${name ? ` ${name}` : ''}:`,
  about: 'Su pedido',
  regret: 'Lamentamos sinceramente las molestias.',
  end: 'Un cordial saludo\nSu equipo de atención al cliente',
  status: {
    processing: 'se está preparando',
    packed: 'está embalado y espera al transportista',
    shipped: 'está en camino',
    delivered: 'fue entregado',
  },
  body: (message, order) => {
    switch (message.kind) {
      case 'refund':
        return `le reembolsamos ${moneyText(message.cents, 'es')} por su pedido ${order}, por el mismo medio de pago.`;
      case 'address':
        return `su pedido ${order} se entregará en: ${message.address}.`;
      case 'replacement':
        return `sentimos que no haya recibido lo que pidió. Para su pedido ${order} le enviamos: ${message.item} (${message.sku}).`;
      case 'delivered':
        return `su pedido ${order} ya fue entregado, por lo que no se puede cambiar la dirección.`;
      case 'status':
        return `su pedido ${order} ${message.status}.`;
      case 'sorry':
        return `gracias por su mensaje sobre el pedido ${order}. ¿Desea un reembolso o un reemplazo? Díganoslo, por favor.`;
    }
  },
};

const phrases: Record<Language, Phrases> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
};

/** A reply in the customer's language; `regretful` puts an apology first. */
export const replyWith = (
  message: Message,
  order: string,
  {
    language,
    name,
    regretful,
  }: { language: Language; name: string | undefined; regretful: boolean },
): { readonly subject: string; readonly text: string } => {
  const { hello, about, regret, end, body, status } = phrases[language];
  const told =
    message.kind === 'status'
      ? { ...message, status: status[message.status] ?? message.status }
      : message;
  const parts = [hello(name), ...(regretful ? [regret] : []), body(told, order), end];
  return { subject: `${about} ${order}`, text: parts.join('\n\n') };
};
