/** The part of the border that keeps the names of services: one run of each, on whichever host. */

/** Who runs a service, as it is told to somebody who wants to start another one of the same name. */
export interface ServiceHolder {
  /** Unique to one run of the service; the names of its owners begin with it. */
  readonly incarnation: string;
  readonly host: string;
  readonly pid: number;
  /** Tells hosts (and containers) apart that have the same name. */
  readonly machine: string;
  /** The start time of the process, as its operating system counts it, to recognise a pid that was given again. */
  readonly processStart: string;
}

export type ServiceClaim = { readonly held: true } | ({ readonly held: false } & HeldService);

/** A service whose lease runs. */
export interface HeldService {
  readonly holder: ServiceHolder;
  readonly endsInMs: number;
}

export interface ServiceStore {
  /**
   * Claims or renews the name of a service for `leaseMs`. Refused while another incarnation holds it and its lease
   * runs, unless `instead` names that incarnation (the caller knows it to be dead). May be repeated.
   */
  claimService(name: string, holder: ServiceHolder, leaseMs: number, instead?: string): Promise<ServiceClaim>;
  /** Gives the name up, if this incarnation still holds it. May be repeated. */
  releaseService(name: string, incarnation: string): Promise<void>;
  /** Who holds a name, or undefined when nobody does whose lease runs. Changes nothing. */
  holderOf(name: string): Promise<HeldService | undefined>;
}
