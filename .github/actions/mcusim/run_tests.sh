#!/usr/bin/env bash
# Runs pytest, makes pages of what it recorded, and says the exit code in an output instead of ending with it:
# the results of failing tests are those that one wants to see.
set -euo pipefail

bin="$RUNNER_TEMP/mcusim-env/bin"
results="$RUNNER_TEMP/mcusim-results"
mkdir -p "$results"

status=0
# shellcheck disable=SC2086 # TESTS is several words
"$bin/python" -m pytest ${TESTS:-} --mcusim-record "$results/recordings" \
    --mcusim-markdown "$results/summary.md" --junitxml "$results/junit.xml" || status=$?

while IFS= read -r -d "" recording; do
    "$bin/mcusim" report "$recording" --format html -o "${recording%.mcusim}.html" --force \
        || echo "::warning::no page could be made of $recording"
done < <(find "$results" -name "*.mcusim" -print0 | sort -z)

if [ -f "$results/summary.md" ]; then
    cat "$results/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi
echo "exit-code=$status" >> "$GITHUB_OUTPUT"
echo "results=$results" >> "$GITHUB_OUTPUT"
