# Completion of mfg's command lines in bash. What there is to complete comes from the program itself ('mfg complete'), so
# that new commands, plugins and options are known at once.

_mfg() {
    local current='' i
    local -a words=() found=()
    # Bash takes '--name=value' for three words.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        current=${COMP_WORDS[i]}
        if [[ $current == '=' ]]; then
            current=''
            ((i == COMP_CWORD)) || continue
        fi
        words+=("$current")
    done
    COMPREPLY=()
    mapfile -t found < <("${COMP_WORDS[0]/#\~/$HOME}" complete -- "${words[@]}" 2>/dev/null)
    for i in "${found[@]}"; do
        case $i in
        :paths) compopt -o filenames 2>/dev/null ;;
        :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
        :directories) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
        *) COMPREPLY+=("$i") ;;
        esac
    done
    # '--problem.' goes on with the name of an option.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *. ]]; then compopt -o nospace 2>/dev/null; fi
}

complete -F _mfg mfg
