"""The workflows of a picture: research it, render it, judge it, deliver it."""
