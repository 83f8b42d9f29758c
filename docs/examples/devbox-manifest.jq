# From devbox.lock to the manifest that nixgraft reads:
#   jq --arg system x86_64-linux -f devbox-manifest.jq devbox.lock >manifest.json && nixgraft lock --manifest manifest.json
# devbox knows no commands: a tool offers one of its own name. Where that is another, as ripgrep's rg is, add it here.
{ ripgrep: ["rg"] } as $commands
| {
    $system,
    nix: null,
    tools: .packages | with_entries(
      select(.value.systems[$system].outputs)
      | .key |= (split("@")[0] | split("#")[-1])
      | .key as $name
      | .value |= (
          [.systems[$system].outputs[] | select(.default)] as $outputs
          | { version, path: $outputs[0].path, outputs: ($outputs | map({ (.name): .path }) | add) }
        )
      | .value += if $commands[$name] then { commands: $commands[$name] } else {} end
    )
  }
