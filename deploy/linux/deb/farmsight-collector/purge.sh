  # The account stays: its number must not come to own what is left elsewhere, such as copies of the store.
