using Npgsql;
using Rota.Access;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Users, tokens and the audit in PostgreSQL.</summary>
internal sealed class PostgresAccess(PostgresDatabase database) : IAccessStore
{
    private const int AuditMax = 1_000_000;

    public Task<bool> HasUsersAsync(CancellationToken stop) =>
        database.FindAsync("SELECT 1 FROM rota.user LIMIT 1", _ => true, stop);

    public Task<User?> FindUserAsync(string name, CancellationToken stop) =>
        database.FindAsync("SELECT name, role, password, created_at FROM rota.user WHERE name = $1",
            ReadUser, stop, name);

    public async Task<IReadOnlyList<User>> ListUsersAsync(CancellationToken stop) =>
        await database.ListAsync("SELECT name, role, password, created_at FROM rota.user ORDER BY name",
            ReadUser, stop);

    private static User ReadUser(NpgsqlDataReader rows) =>
        new(rows.GetString(0), (Role)rows.GetInt32(1), rows.GetString(2), rows.Instant(3));

    public Task<bool> AddFirstUserAsync(User user, CancellationToken stop) =>
        ChangeUsersAsync(async session => await session.RunAsync("""
            INSERT INTO rota.user (name, role, password, created_at)
            SELECT $1, $2, $3, $4
            WHERE NOT EXISTS (SELECT 1 FROM rota.user)
            """, user.Name, user.Role, user.Password, user.CreatedAt) > 0, stop);

    public Task PutUserAsync(User user, CancellationToken stop) =>
        ChangeUsersAsync(async session =>
        {
            await session.RunAsync("""
                DELETE FROM rota.token
                WHERE user_name = $1 AND EXISTS (SELECT 1 FROM rota.user WHERE name = $1 AND password <> $2)
                """, user.Name, user.Password);
            await session.RunAsync("""
                INSERT INTO rota.user (name, role, password, created_at)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT (name) DO UPDATE
                SET role = excluded.role, password = excluded.password
                """, user.Name, user.Role, user.Password, user.CreatedAt);
            await RefuseToLoseAdminsAsync(session);
            return true;
        }, stop);

    public Task<bool> RemoveUserAsync(string name, CancellationToken stop) =>
        ChangeUsersAsync(async session =>
        {
            if (await session.RunAsync("DELETE FROM rota.user WHERE name = $1", name) == 0)
                return false;
            await session.RunAsync("DELETE FROM rota.token WHERE user_name = $1", name);
            await RefuseToLoseAdminsAsync(session);
            return true;
        }, stop);

    // One after the other, on whatever nodes: of two who each remove the other one, the second has to see the first.
    private Task<bool> ChangeUsersAsync(Func<PostgresSession, Task<bool>> body, CancellationToken stop) =>
        database.WriteAsync(async session =>
        {
            await session.RunAsync("LOCK TABLE rota.user IN SHARE ROW EXCLUSIVE MODE");
            return await body(session);
        }, stop);

    // Throwing takes the whole change back.
    private static async Task RefuseToLoseAdminsAsync(PostgresSession session)
    {
        if (!await session.FindAsync("SELECT 1 FROM rota.user WHERE role = $1 LIMIT 1", _ => true, Role.Admin))
            throw new ConflictException("user.last_admin", "No administrator would be left.",
                "Make another one first.");
    }

    public Task<Token?> FindTokenAsync(ReadOnlyMemory<byte> hash, CancellationToken stop) =>
        database.FindAsync("""
            SELECT token.name, token.hash, coalesce(owner.role, token.role), token.user_name, token.created_at,
                token.expires_at, token.used_at
            FROM rota.token
            LEFT JOIN rota.user AS owner ON owner.name = token.user_name
            WHERE token.hash = $1 AND (token.user_name IS NULL OR owner.name IS NOT NULL)
            """, ReadToken, stop, hash);

    public async Task<IReadOnlyList<Token>> ListTokensAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, hash, role, user_name, created_at, expires_at, used_at
            FROM rota.token
            WHERE user_name IS NULL
            ORDER BY name
            """, ReadToken, stop);

    private static Token ReadToken(NpgsqlDataReader rows) => new()
    {
        Name = rows.GetString(0),
        Hash = rows.Blob(1),
        Role = (Role)rows.GetInt32(2),
        User = rows.TextOrNull(3),
        CreatedAt = rows.Instant(4),
        ExpiresAt = rows.InstantOrNull(5),
        UsedAt = rows.InstantOrNull(6),
    };

    public Task<bool> AddTokenAsync(Token token, bool replaces, CancellationToken stop) =>
        database.WriteAsync(async session =>
        {
            await session.RunAsync("DELETE FROM rota.token WHERE user_name IS NOT NULL AND expires_at <= $1",
                token.CreatedAt);
            return await session.RunAsync("""
                INSERT INTO rota.token AS old (name, hash, role, user_name, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (name) DO UPDATE
                SET hash = excluded.hash, role = excluded.role, user_name = excluded.user_name,
                    created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = NULL
                WHERE $7
                """, token.Name, token.Hash, token.Role, token.User, token.CreatedAt, token.ExpiresAt, replaces) > 0;
        }, stop);

    public async Task<bool> RemoveTokenAsync(string name, CancellationToken stop) =>
        await database.RunAsync("DELETE FROM rota.token WHERE name = $1", stop, name) > 0;

    public Task NoteUseAsync(ReadOnlyMemory<byte> hash, DateTimeOffset now, TimeSpan every, CancellationToken stop) =>
        database.RunAsync("""
            UPDATE rota.token
            SET used_at = $2
            WHERE hash = $1 AND (used_at IS NULL OR used_at < $3)
            """, stop, hash, now, now - every);

    public Task AddAuditAsync(AuditEntry entry, CancellationToken stop) =>
        database.RunAsync("""
            WITH added AS (
                INSERT INTO rota.audit (at, actor, action, target, detail, changes)
                VALUES ($1, $2, $3, $4, $5, $6)
                RETURNING id
            )
            DELETE FROM rota.audit
            WHERE id <= (SELECT id FROM added) - $7
            """, stop, entry.At, entry.Actor, entry.Action, entry.Target, entry.Detail, entry.Changes, AuditMax);

    public async Task<IReadOnlyList<AuditEntry>> ListAuditAsync(long? before, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT id, at, actor, action, target, detail, changes
            FROM rota.audit
            WHERE id < $1
            ORDER BY id DESC
            LIMIT $2
            """, rows => new AuditEntry(rows.GetInt64(0), rows.Instant(1), rows.GetString(2), rows.GetString(3),
                rows.GetString(4), rows.TextOrNull(5), rows.TextOrNull(6)), stop, before ?? long.MaxValue, limit);
}
