/// What the numbers of the made-up logins come from; to be read again when they change.
let explanation = """
    Why:

    - Naive, same country, same city: `back-office` finds them all, and so does a new device alone. What it pays is its own rules: it asks as soon as one thing is unusual, a network
      on the way to work, a login in the evening or a password login, whose device is unknown and counts as new, where the score of Freeman et al. weighs all things
      together and lets one pass. At the same detection it asks less than a rule on new addresses, for addresses change within a network.
    - Targeted: within the person's network the score sees little that is wrong; a new device is enough for `back-office`.
    - Very targeted: with the person's own device, network and hours no policy that asks the unusual finds them, nor does the score; of the three only a rule on new addresses sees something, where the
      address is another one. Asking always (`strict`) is the answer to a stolen laptop, and a token that is not on it.
    - `strict` asks everyone, always: by this measure it is "always".

    """
