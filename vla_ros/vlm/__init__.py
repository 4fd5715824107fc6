"""Asking generative vision-language models: prompts, what their replies mean, what is believed."""
