"""Enable and disable two-factor sign-in; change the phone number; enforcement."""
