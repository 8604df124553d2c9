namespace Rota.Stores.Tests;

public sealed class PostgresJobInsertTests : JobInsertContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresUniqueKeyTests : UniqueKeyContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresDependencyTests : DependencyContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobClaimTests : JobClaimContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobEndTests : JobEndContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobCancelTests : JobCancelContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobRescueTests : JobRescueContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobPruneTests : JobPruneContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobListTests : JobListContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresJobModelTests : JobModelContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresAttemptStoreTests : AttemptStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresQueueStoreTests : QueueStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresNodeStoreTests : NodeStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresMemoryStoreTests : MemoryStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresSecretStoreTests : SecretStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleStoreTests : ScheduleStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresScheduleFireTests : ScheduleFireContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}

public sealed class PostgresAccessStoreTests : AccessStoreContract
{
    protected override Task<TestStore> OpenAsync() => PostgresTestStore.OpenAsync();
}
