// What Adobe documents of UXP and its declarations lack (uxp-api/reference-js/modules/os/os.md and
// .../uxp/versions/versions.md).

declare module "os" {
  function platform(): string;
  function release(): string;
}

declare module "uxp" {
  const versions: { uxp: string; plugin: string };
}
