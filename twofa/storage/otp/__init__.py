"""Tables of challenges, codes and the fraud guard."""
