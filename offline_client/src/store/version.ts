/** The version of this build, as operations and exported files carry it. */
export const APP_VERSION = '0.1.0';
