namespace Rota.Stores.Tests;

public sealed class SqliteJobInsertTests : JobInsertContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteUniqueKeyTests : UniqueKeyContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteDependencyTests : DependencyContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteFlowTests : FlowContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobClaimTests : JobClaimContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobEndTests : JobEndContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobCancelTests : JobCancelContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobRescueTests : JobRescueContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobPruneTests : JobPruneContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobListTests : JobListContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteJobModelTests : JobModelContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteAttemptStoreTests : AttemptStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteQueueStoreTests : QueueStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteQueueLimitTests : QueueLimitContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteNodeStoreTests : NodeStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteMemoryStoreTests : MemoryStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteSecretStoreTests : SecretStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteScheduleStoreTests : ScheduleStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteScheduleFireTests : ScheduleFireContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteEventTests : EventContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteScheduleEventTests : ScheduleEventContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteScheduleLimitTests : ScheduleLimitContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteScheduleClockTests : ScheduleClockContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}

public sealed class SqliteAccessStoreTests : AccessStoreContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();
}
