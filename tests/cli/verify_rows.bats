# `nixgraft verify`, likewise: the database, and the environment that nixgraft made itself.
load verify

@test "a row of the database: another hash, another size, without references, without signatures" {
    id="(select id from ValidPaths where path = '$victim')"
    row() {
        query root "$1"
        found row "$victim" "$2"
        # Only the row is wrong: nothing needs to be fetched.
        rm -rf cache/nar
        repaired 0
        fresh
    }
    row "update ValidPaths set hash = 'sha256:$(printf %064d 0)' where id = $id" "another hash"
    row "update ValidPaths set narSize = 1 where id = $id" "another size"
    row "delete from Refs where rowid = (select rowid from Refs where referrer = $id limit 1)" "other references"
    row "insert into Refs values ($id, $id)" "other references"
    row "update ValidPaths set sigs = null where id = $id" "without the signatures of the lock"
    row "update ValidPaths set ca = 'fixed:r:sha256:x' where id = $id" "another content address"
}

@test "a row that is gone, with all that pointed to it" {
    query root "pragma foreign_keys = off; delete from Refs where (select id from ValidPaths where path = '$victim') in (referrer, reference);
        delete from ValidPaths where path = '$victim'"
    verify
    exits 4 "row $victim: is not registered in /nix/var/nix/db/db.sqlite" "row $environment: "
    repaired 0
}

@test "the row of the environment: gone, or with a reference less" {
    id="(select id from ValidPaths where path = '$environment')"
    query root "delete from Refs where referrer = $id; delete from ValidPaths where id = $id"
    found row "$environment" "is not registered"
    repaired 0
    fresh
    query root "delete from Refs where referrer = $id"
    found row "$environment" "is registered with other references"
    repaired 0
}

@test "the environment's object: changed, or gone" {
    chmod u+w "root$environment/share/nixgraft/roots"
    echo x >> "root$environment/share/nixgraft/roots"
    chmod 444 "root$environment/share/nixgraft/roots"
    touch -d @1 "root$environment/share/nixgraft/roots"
    found object "$environment" ""
    repaired 0
    fresh
    unlocked "root$environment"
    rm -r "root$environment"
    found object "$environment" "is missing"
    repaired 0
}
